/** Starts and stops real servers of Kafka, S3, Redis and Qdrant: `npm run services -- start|stop|status [name …]`. */
import '../../dist/eval/live/services/run.js';

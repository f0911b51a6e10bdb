/** Starts and stops real servers of Kafka, S3 and Redis: `npm run services -- start|stop|status [kafka] [kafka3] [s3] [redis] [redis3]`. */
import '../../dist/eval/live/services/run.js';

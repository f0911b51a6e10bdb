/** Starts and stops real Kafka and S3 servers: `npm run services -- start|stop|status [kafka] [kafka3] [s3]`. */
import '../../dist/eval/live/services/run.js';

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own producer with its default settings, driven line by line: in come topic, key, value and any number of name and value of a
 * header, parted by tabs, all but the topic in base64; out goes topic:partition:offset as acknowledged, or "failed" and why.
 */
public final class TokenProducer {
  public static void main(String[] args) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", args[0]);
    var bytes = new ByteArraySerializer();
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    try (var producer = new KafkaProducer<byte[], byte[]>(settings, bytes, bytes)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(acknowledged(producer, recordOf(line.split("\t", -1))));
        System.out.flush();
      }
    }
  }

  private static String acknowledged(KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    try {
      RecordMetadata told = producer.send(record).get();
      return told.topic() + ":" + told.partition() + ":" + told.offset();
    } catch (Exception error) {
      return "failed " + error;
    }
  }

  private static ProducerRecord<byte[], byte[]> recordOf(String[] fields) {
    List<Header> headers = new ArrayList<>();
    for (int at = 3; at + 1 < fields.length; at += 2) {
      headers.add(new RecordHeader(new String(decoded(fields[at]), StandardCharsets.UTF_8), decoded(fields[at + 1])));
    }
    return new ProducerRecord<>(fields[0], null, decoded(fields[1]), decoded(fields[2]), headers);
  }

  private static byte[] decoded(String field) {
    return Base64.getDecoder().decode(field);
  }
}

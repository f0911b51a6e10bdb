import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * A topic as a table of Kafka Streams, read by its keys through the HTTP server of the Java class library: GET /entities/KEY.
 * Arguments: brokers, topic, a folder for the state, a port, and the commit interval in milliseconds or "default".
 */
public final class KTableReads {
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "ktable-" + args[3]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[2]);
    if (!args[4].equals("default")) settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[4]);
    StreamsBuilder builder = new StreamsBuilder();
    builder.table(
        args[1],
        Consumed.with(Serdes.String(), Serdes.String()),
        Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("entities"));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    CountDownLatch running = new CountDownLatch(1);
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) running.countDown();
    });
    streams.start();
    running.await();
    ReadOnlyKeyValueStore<String, String> entities =
        streams.store(StoreQueryParameters.fromNameAndType("entities", QueryableStoreTypes.keyValueStore()));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[3])), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/entities/", exchange -> answer(exchange, entities));
    server.start();
  }

  private static void answer(HttpExchange exchange, ReadOnlyKeyValueStore<String, String> entities) throws IOException {
    String value = entities.get(exchange.getRequestURI().getPath().substring("/entities/".length()));
    byte[] body = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(value == null ? 404 : 200, value == null ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}

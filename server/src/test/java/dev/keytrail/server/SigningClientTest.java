package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningClientTest {
    private static final Duration LIMIT = Duration.ofMillis(300);

    /** Says a beginning at once, and then a byte now and then for as long as anybody listens. */
    private static final class Trickling implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        final CountDownLatch leftAlone = new CountDownLatch(1);

        Trickling(String beginning) throws IOException {
            Thread.ofVirtual().start(() -> {
                try (Socket client = socket.accept();
                        InputStream in = client.getInputStream();
                        OutputStream out = client.getOutputStream()) {
                    int _ = in.read(new byte[4096]);
                    out.write(beginning.getBytes(StandardCharsets.US_ASCII));
                    while (!leftAlone.await(20, TimeUnit.MILLISECONDS)) {
                        out.write('x');
                        out.flush();
                    }
                } catch (IOException gone) {
                    leftAlone.countDown();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static SigningClient client(URI at) {
        return new SigningClient(at, "AKIAEXAMPLE", "secret", java.time.InstantSource.system());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nX-", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"})
    void anAnswerThatTrickles_isGivenUp_andTheConnectionToo(String beginning) throws Exception {
        try (Trickling server = new Trickling(beginning)) {
            assertThatThrownBy(() -> client(server.uri()).form("sns", "us-east-1", Map.of("Action", "Publish"), LIMIT))
                    .isInstanceOf(IOException.class);
            assertThat(server.leftAlone.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anAnswerInTime_isRead() throws IOException {
        try (Trickling server = new Trickling("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nwrong")) {
            SigningClient.Reply reply =
                    client(server.uri()).form("sns", "us-east-1", Map.of("Action", "Publish"), Duration.ofSeconds(30));
            assertThat(reply).isEqualTo(new SigningClient.Reply(403, "wrong"));
        }
    }
}

package dev.keytrail.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.messagemanager.sns.SnsMessageManager;
import software.amazon.awssdk.messagemanager.sns.model.SnsNotification;
import software.amazon.awssdk.messagemanager.sns.model.SnsSubscriptionConfirmation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sns.SnsClient;

/**
 * The AWS SDK's own validator of SNS messages. It takes the signing certificate from {@code https://sns.REGION.amazonaws.com}
 * alone: so that is what the server is told to be called by ({@code url}), and the one thing that is not as it comes is
 * where requests to that name are sent, as an operator's DNS would do it.
 */
class SnsMessagesTest {
    private static final String NAME = "sns.eu-west-1.amazonaws.com";

    @TempDir
    private Path folder;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    /** Sends requests for the name to the server. */
    private record Resolved(SdkHttpClient client, URI endpoint) implements SdkHttpClient {
        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            SdkHttpRequest asked = request.httpRequest();
            assertThat(asked.host()).isEqualTo(NAME);
            assertThat(asked.protocol()).isEqualTo("https");
            SdkHttpRequest sent = asked.toBuilder()
                    .protocol("http")
                    .host(endpoint.getHost())
                    .port(endpoint.getPort())
                    .build();
            return client.prepareRequest(
                    HttpExecuteRequest.builder().request(sent).build());
        }

        @Override
        public void close() {
            client.close();
        }
    }

    @Test
    void messages_ofBothSignatureVersions_areAccepted_andAlteredOnesAreNot() throws Exception {
        KeytrailServer server = KeytrailServer.start(folder, "--set", "url=https://" + NAME);
        HttpServer subscriber = subscriber();
        try (SnsClient sns = SnsClient.builder()
                        .endpointOverride(server.endpoint())
                        .region(Region.EU_WEST_1)
                        .credentialsProvider(server.credentials())
                        .httpClientBuilder(UrlConnectionHttpClient.builder())
                        .build();
                SdkHttpClient http = new Resolved(UrlConnectionHttpClient.create(), server.endpoint());
                SnsMessageManager manager = SnsMessageManager.builder()
                        .region(Region.EU_WEST_1)
                        .httpClient(http)
                        .build()) {
            String topic = sns.createTopic(r -> r.name("validated")).topicArn();
            String hook = "http://127.0.0.1:" + subscriber.getAddress().getPort() + "/";
            sns.subscribe(r -> r.topicArn(topic).protocol("http").endpoint(hook));
            SnsSubscriptionConfirmation invitation = (SnsSubscriptionConfirmation) manager.parseMessage(next());
            assertThat(invitation.topicArn()).isEqualTo(topic);
            sns.confirmSubscription(r -> r.topicArn(topic).token(invitation.token()));
            for (String version : new String[] {"1", "2"}) {
                sns.setTopicAttributes(
                        r -> r.topicArn(topic).attributeName("SignatureVersion").attributeValue(version));
                sns.publish(r -> r.topicArn(topic).subject("näme " + version).message("line one\n\"two\" \u20ac"));
                String message = next();
                SnsNotification notification = (SnsNotification) manager.parseMessage(message);
                assertThat(notification.message()).isEqualTo("line one\n\"two\" \u20ac");
                assertThat(notification.subject()).isEqualTo("näme " + version);
                assertThatThrownBy(() -> manager.parseMessage(message.replace("line one", "line 1")))
                        .isInstanceOf(SdkClientException.class);
            }
        } finally {
            subscriber.stop(0);
            server.stop();
        }
    }

    private String next() throws InterruptedException {
        String message = received.poll(20, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        return message;
    }

    private HttpServer subscriber() throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            try (exchange) {
                received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        http.start();
        return http;
    }
}

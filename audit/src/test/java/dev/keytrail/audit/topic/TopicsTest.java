package dev.keytrail.audit.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.trail.Backoff;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Job;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.testkit.SeededEntropy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TopicsTest {
    private static final Instant START = Instant.parse("2026-03-04T05:06:07Z");
    private static final Topic TOPIC =
            new Topic("111122223333", "eu-west-1", "t", START, Optional.empty(), "", 2, Map.of());

    private final FakeLedger ledger = new FakeLedger();
    private final SeededEntropy entropy = new SeededEntropy(5);
    private final Vault vault = new Vault(new RootKey(Secret.adopt(new byte[32])), entropy);
    private final List<String> posted = new ArrayList<>();
    private int status = 200;
    private final Topics topics = Topics.open(new Topics.Parts(
            ledger,
            vault,
            entropy,
            new Authorizer(),
            new PolicyCache(10),
            (_, _) -> CallerPolicies.NONE,
            (endpoint, _, body) -> {
                if (status == 0) {
                    throw new IOException("nobody there");
                }
                posted.add(endpoint.getHost() + " " + body.utf8());
                return endpoint.getHost().equals("broken") ? 500 : status;
            },
            () -> "http://here",
            Runnable::run));

    private Subscription subscription(String host) {
        return new Subscription(
                TopicTables.key(TOPIC),
                "id-" + host,
                "http",
                "http://" + host + "/",
                "111122223333",
                true,
                Bytes.utf8(host),
                false,
                false,
                START);
    }

    private void open(String... hosts) {
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.put(TopicTables.TOPICS, TopicTables.key(TOPIC), TOPIC));
        for (String host : hosts) {
            Subscription s = subscription(host);
            changes.add(Change.put(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(s), s));
        }
        ledger.commit(ledger.read(), changes, List.of());
        Job.Work made = topics.jobs().getFirst().next(ledger.read(), START).orElseThrow();
        ledger.commit(ledger.read(), made.changes(), List.of());
    }

    private void send(String text, Instant at) {
        Message message = new Message(
                Message.Kind.NOTIFICATION,
                entropy.uuid(),
                at,
                Map.of("default", text),
                Optional.empty(),
                Map.of(),
                Optional.empty());
        ledger.commit(
                ledger.read(),
                topics.sending(TOPIC, message, TopicTables.subscriptions(ledger.read(), TopicTables.key(TOPIC))),
                List.of());
    }

    private boolean restsEmpty() {
        return !ledger.read().scan(TopicTables.OUTBOX, "", "").iterator().hasNext()
                && !ledger.read().scan(TopicTables.MESSAGES, "", "").iterator().hasNext();
    }

    @Test
    void certificate_isParsedByJava_andVerifiesBothSignatureVersions() throws Exception {
        open();
        MessageKey key = MessageKey.find(ledger.read()).orElseThrow();
        byte[] pem = topics.certificate(key.path()).orElseThrow().toArray();
        X509Certificate certificate = (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity(Date.from(START));
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=sns.amazonaws.com");
        assertThat(certificate.getSubjectAlternativeNames().toString()).contains("sns.amazonaws.com");
        AsymmetricKeys crypto = new AsymmetricKeys(vault, entropy);
        for (int version : new int[] {1, 2}) {
            Signature check = Signature.getInstance(version == 1 ? "SHA1withRSA" : "SHA256withRSA");
            check.initVerify(certificate);
            check.update("text".getBytes(StandardCharsets.UTF_8));
            String signature = key.sign(crypto, version, Bytes.utf8("text"));
            assertThat(check.verify(Base64.getDecoder().decode(signature))).isTrue();
        }
        assertThat(topics.certificate("/SimpleNotificationService-0.pem")).isEmpty();
    }

    @Test
    void message_toTwoSubscribers_oneBroken_othersGetIt_brokenWaits() {
        open("good", "broken");
        send("hello", START);
        topics.postman().step(START);
        assertThat(posted).hasSize(2);
        topics.postman().step(START);
        assertThat(posted).as("the broken one is on its back-off").hasSize(2);
        topics.postman().step(START.plusSeconds(2));
        assertThat(posted).hasSize(3);
        assertThat(posted.getLast()).startsWith("broken ");
        assertThat(restsEmpty()).isFalse();
    }

    @Test
    void message_afterAnHour_isDropped_andNothingIsLeft() {
        status = 0;
        open("good");
        send("hello", START);
        topics.postman().step(START);
        assertThat(restsEmpty()).isFalse();
        topics.postman().step(START.plus(Postman.WAITING_MAX).plusSeconds(1));
        assertThat(restsEmpty()).isTrue();
        assertThat(posted).isEmpty();
    }

    @Test
    void message_refusedForGood_isNotTriedAgain() {
        status = 403;
        open("good");
        send("hello", START);
        topics.postman().step(START);
        assertThat(posted).hasSize(1);
        assertThat(restsEmpty()).isTrue();
    }

    @Test
    void text_isNowhereInTheLedgersRows() {
        status = 0;
        open("good");
        send("marked-secret", START);
        ledger.read()
                .scan(TopicTables.MESSAGES, "", "")
                .forEach(row -> assertThat(row.value().hex())
                        .doesNotContain(Bytes.utf8("marked-secret").hex()));
    }

    @Test
    void backoff_growsToAMinute() {
        Backoff backoff = new Backoff();
        for (int i = 0; i < 20; i++) {
            backoff.failed(START);
        }
        assertThat(backoff.mayTry(START.plusSeconds(59))).isFalse();
        assertThat(backoff.mayTry(START.plusSeconds(60))).isTrue();
    }
}

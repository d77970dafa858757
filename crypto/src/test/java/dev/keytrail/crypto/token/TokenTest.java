package dev.keytrail.crypto.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against SoftHSM, of Debian's package softhsm2; says loudly that it did nothing where that is not installed. */
@Timeout(120)
class TokenTest {
    private static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
    private static final Path UTILITY = Path.of("/usr/bin/softhsm2-util");
    private static final Supplier<Secret> PIN = () -> secret("user-pin-1");
    private static final Bytes ID = Bytes.utf8("key one");
    private static final Bytes VECTOR = Bytes.copyOf(new byte[12]);
    private static final Bytes AAD = Bytes.utf8("bound");

    @TempDir
    static Path folder;

    @BeforeAll
    static void makeToken() throws Throwable {
        boolean installed = Files.exists(LIBRARY) && Files.exists(UTILITY);
        if (!installed) {
            System.err.println("TokenTest: softhsm2 IS NOT INSTALLED, NOTHING WAS TESTED (apt-get install softhsm2)");
        }
        assumeTrue(installed, "softhsm2 is not installed");
        Path tokens = Files.createDirectory(folder.resolve("tokens"));
        Path conf = Files.writeString(
                folder.resolve("softhsm2.conf"), "directories.tokendir = " + tokens + "\nlog.level = ERROR\n");
        // The library reads the environment of this very process.
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            int result = (int) linker.downcallHandle(
                            linker.defaultLookup().find("setenv").orElseThrow(),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT))
                    .invokeExact(arena.allocateFrom("SOFTHSM2_CONF"), arena.allocateFrom(conf.toString()), 1);
            assertThat(result).isZero();
        }
        ProcessBuilder utility = new ProcessBuilder(
                UTILITY.toString(),
                "--init-token",
                "--free",
                "--label",
                "one",
                "--so-pin",
                "so-pin-1",
                "--pin",
                "user-pin-1");
        utility.environment().put("SOFTHSM2_CONF", conf.toString());
        Process process = utility.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0)
                .isTrue();
    }

    private static Token token() {
        return new Token(LIBRARY, "one", Duration.ofSeconds(30), 4);
    }

    private static Secret secret(String text) {
        return Secret.copyOf(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void key_madeTwice_isOne_andOpensWhatItSealed() throws Exception {
        Token token = token();
        token.makeKey(PIN, ID, "label");
        token.makeKey(PIN, ID, "label");
        Bytes sealed = token.encrypt(PIN, ID, secret("plain"), VECTOR, AAD);
        assertThat(sealed.size()).isEqualTo(5 + 16);
        assertThat(open(token, sealed, AAD)).contains("plain");
        assertThat(open(token, sealed, Bytes.utf8("other"))).isEmpty();
        for (int at = 0; at < sealed.size(); at++) {
            byte[] bad = sealed.toArray();
            bad[at] ^= 1;
            assertThat(open(token, Bytes.adopt(bad), AAD)).isEmpty();
        }
        assertThat(open(token, sealed, AAD)).contains("plain");
        assertThat(token.destroy(PIN, ID)).isTrue();
        assertThat(token.destroy(PIN, ID)).isFalse();
        assertThatThrownBy(() -> open(token, sealed, AAD)).satisfies(why(TokenFailure.Cause.NO_KEY));
    }

    @Test
    void wrongPin_isRefused_alsoWhereSomebodyWasLoggedIn() throws Exception {
        Token token = token();
        token.connect(PIN);
        assertThat(token.random(PIN, 33).sizeBytes()).isEqualTo(33);
        assertThatThrownBy(() -> token.connect(() -> secret("another-pin")))
                .satisfies(why(TokenFailure.Cause.WRONG_PIN));
        assertThatThrownBy(() -> token.random(() -> secret("another-pin"), 1))
                .satisfies(why(TokenFailure.Cause.WRONG_PIN));
        token.connect(PIN);
        token.disconnect();
        token.disconnect();
        assertThat(token.random(PIN, 1).sizeBytes()).isEqualTo(1);
    }

    @Test
    void sessionsThatAnotherClosed_areMadeAnew() throws Exception {
        Token one = token();
        Token other = token();
        Bytes id = Bytes.utf8("shared");
        one.makeKey(PIN, id, "shared");
        Bytes sealed = one.encrypt(PIN, id, secret("p"), VECTOR, AAD);
        // The same library in the same process: its end of all sessions is the end of ours.
        other.connect(PIN);
        other.disconnect();
        assertThat(one.decrypt(PIN, id, sealed, VECTOR, AAD)).isPresent();
        one.destroy(PIN, id);
    }

    @Test
    void noLibrary_noToken_areToldApart() {
        Token absent = new Token(LIBRARY, "absent", Duration.ofSeconds(30), 1);
        assertThatThrownBy(() -> absent.connect(PIN)).satisfies(why(TokenFailure.Cause.NO_TOKEN));
        Token nothing = new Token(folder.resolve("no.so"), "one", Duration.ofSeconds(30), 1);
        assertThatThrownBy(() -> nothing.connect(PIN)).satisfies(why(TokenFailure.Cause.NO_LIBRARY));
    }

    private static Optional<String> open(Token token, Bytes sealed, Bytes bound) throws TokenFailure {
        return token.decrypt(PIN, ID, sealed, VECTOR, bound)
                .map(secret -> new String(secret.reveal(), StandardCharsets.US_ASCII));
    }

    private static java.util.function.Consumer<Throwable> why(TokenFailure.Cause cause) {
        return thrown -> assertThat(((TokenFailure) thrown).why()).isEqualTo(cause);
    }
}

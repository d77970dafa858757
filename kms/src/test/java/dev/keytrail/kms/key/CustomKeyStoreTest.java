package dev.keytrail.kms.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Refused;
import dev.keytrail.kms.World;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.CustomKeyStore.ConnectionError;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CustomKeyStoreTest {
    private static final CustomKeyStore STORE = new CustomKeyStore(
            World.ACCOUNT,
            World.REGION,
            "cks-1234567890abcdef0",
            "a/b name",
            Instant.parse("2026-01-01T00:00:00Z"),
            Connection.DISCONNECTED,
            Optional.empty(),
            new CustomKeyStore.Proxy("https://a", "/kms/xks/v1", Bytes.utf8("id"), Bytes.utf8("secret")));

    private static final Backing EXTERNAL = new Backing(STORE.id(), new Backing.ExternalKey("x"));

    @Test
    void rows_writtenAndRead_areTheSame() {
        CustomKeyStore token = STORE.with(new CustomKeyStore.Cluster("cluster-1", "PEM", Bytes.utf8("p")))
                .failed(ConnectionError.USER_LOCKED_OUT);
        for (CustomKeyStore store : List.of(STORE, token)) {
            assertThat(CustomKeyStore.TABLE
                            .codec()
                            .decode(CustomKeyStore.TABLE.codec().encode(store)))
                    .isEqualTo(store);
        }
        KeyStoreBook book = new KeyStoreBook(World.ACCOUNT, World.REGION, List.of()).with(STORE);
        assertThat(KeyStoreBook.TABLE.codec().decode(KeyStoreBook.TABLE.codec().encode(book)))
                .isEqualTo(book);
        Key key = new World().newKey();
        for (Key one : List.of(
                key,
                key.keptIn(EXTERNAL),
                key.withMaterials(List.of())
                        .keptIn(new Backing(STORE.id(), new Backing.TokenKey("cluster-1", "00"))))) {
            assertThat(Key.TABLE.codec().decode(Key.TABLE.codec().encode(one))).isEqualTo(one);
        }
    }

    @Test
    void book_otherStoreWithNameOrPlace_isRefused() {
        KeyStoreBook book = new KeyStoreBook(World.ACCOUNT, World.REGION, List.of()).with(STORE);
        assertThat(book.with(STORE)).isEqualTo(book);
        assertThatThrownBy(() -> book.with(copy("cks-2", STORE.name(), "https://b")))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("CustomKeyStoreNameInUseException");
        assertThatThrownBy(() -> book.with(copy("cks-2", "other", "https://a")))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("XksProxyUriInUseException");
        assertThat(book.with(copy("cks-2", "other", "https://b"))
                        .without(STORE.id())
                        .entries())
                .hasSize(1);
    }

    @Test
    void seen_keyOfAStore_isUnavailableExactlyWhileThatIsNotConnected() {
        FakeLedger ledger = new FakeLedger();
        Key key = new World().newKey().keptIn(EXTERNAL);
        for (KeyState own : List.of(KeyState.ENABLED, KeyState.DISABLED)) {
            for (Connection connection : Connection.values()) {
                CustomKeyStore store = connection == Connection.FAILED
                        ? STORE.failed(ConnectionError.NETWORK_ERRORS)
                        : STORE.with(connection);
                ledger.put(CustomKeyStore.TABLE, store.rowKey(), store);
                Key seen = CustomKeyStore.seen(ledger.read(), key.withState(own));
                assertThat(seen.state()).isEqualTo(connection == Connection.CONNECTED ? own : KeyState.UNAVAILABLE);
                // However it was written down meanwhile, it comes back as what it was made.
                ledger.put(CustomKeyStore.TABLE, STORE.rowKey(), STORE.with(Connection.CONNECTED));
                assertThat(CustomKeyStore.seen(ledger.read(), seen).state()).isEqualTo(own);
                assertThat(CustomKeyStore.seen(ledger.read(), seen.switchedTo(KeyState.DISABLED))
                                .state())
                        .isEqualTo(KeyState.DISABLED);
            }
        }
        Key going = key.pendingDeletion(Instant.parse("2026-02-01T00:00:00Z"));
        ledger.put(CustomKeyStore.TABLE, STORE.rowKey(), STORE);
        assertThat(CustomKeyStore.seen(ledger.read(), going)).isEqualTo(going);
    }

    private static CustomKeyStore copy(String id, String name, String endpoint) {
        return new CustomKeyStore(
                STORE.account(),
                STORE.region(),
                id,
                name,
                STORE.created(),
                STORE.connection(),
                STORE.error(),
                new CustomKeyStore.Proxy(endpoint, "/kms/xks/v1", Bytes.EMPTY, Bytes.EMPTY));
    }
}

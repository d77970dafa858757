package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A crash before the commit, between commit and coming into force, and after: one custody opens, and what was sealed before opens. */
class CustodianTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Entropy entropy = new SystemEntropy();
    private final MemoryStore store = MemoryStore.open(House.tables());

    @TempDir
    private Path folder;

    private Bytes sealed = Bytes.EMPTY;
    private Custodian custodian = life();

    private Custodian life() {
        Path file = folder == null ? Path.of("root.key") : folder.resolve("root.key");
        return new Custodian(store.ledger(), file, CustodySettings.parse(settings()), entropy);
    }

    private static Map<String, String> settings() {
        Map<String, String> all = new java.util.HashMap<>();
        CustodySettings.defaults(all);
        return all;
    }

    @BeforeEach
    void begin() throws IOException {
        custodian = life();
        sealed = vault().wrap(Secret.copyOf(new byte[] {1, 2, 3}), "n");
        // A record, as a house would leave: from here on a missing key file is a loss.
        commit(Custody.find(store.ledger().read()).map(row -> row).orElse(null));
    }

    @AfterEach
    void end() {
        store.close();
    }

    private Vault vault() throws IOException {
        return new Vault(custodian.openAlone().orElseThrow(), entropy);
    }

    private void commit(Custody row) {
        store.ledger()
                .commit(
                        store.ledger().read(),
                        row == null ? List.of() : List.of(Change.put(Custody.TABLE, Custody.ROW, row)),
                        List.of());
    }

    private void requireOpens() throws IOException {
        custodian = life();
        assertThat(vault().unwrap(sealed, "n").orElseThrow().reveal()).containsExactly(1, 2, 3);
        assertThat(folder.resolve("root.key.next")).doesNotExist();
    }

    private static Keepers.Wanted to(String provider) {
        return new Keepers.Wanted(
                provider,
                Optional.of(Secret.adopt("a long enough passphrase".getBytes(java.nio.charset.StandardCharsets.UTF_8))),
                Optional.of(2),
                Optional.of(3),
                Optional.empty());
    }

    @Test
    void crashBeforeTheCommit_leavesTheOldCustody() throws IOException {
        for (String provider : List.of("file", "passphrase", "shares")) {
            custodian.change(store.ledger().read(), to(provider), NOW);
            requireOpens();
            custodian.rotate(store.ledger().read(), NOW);
            requireOpens();
        }
    }

    @Test
    void crashAfterTheCommit_leavesTheNewCustody() throws IOException {
        for (int round = 1; round <= 3; round++) {
            Custodian.Change change = round == 2
                    ? custodian.rotate(store.ledger().read(), NOW)
                    : custodian.change(store.ledger().read(), to("file"), NOW);
            commit(change.row());
            assertThat(folder.resolve("root.key.next")).exists();
            requireOpens();
            assertThat(custodian.isInForce(change.row())).isTrue();
        }
    }

    @Test
    void crashWithTheFileExchanged_opens() throws IOException {
        Custodian.Change change = custodian.rotate(store.ledger().read(), NOW);
        commit(change.row());
        Files.move(
                folder.resolve("root.key.next"),
                folder.resolve("root.key"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        requireOpens();
    }

    @Test
    void crashBeforeTheFileIsGone_itGoesWhenTheSharesHaveOpened() throws IOException {
        Custodian.Change change = custodian.change(store.ledger().read(), to("shares"), NOW);
        List<Secret> texts = change.shares().stream().map(share -> share.text()).toList();
        commit(change.row());
        custodian = life();
        assertThat(custodian.openAlone()).isEmpty();
        assertThat(folder.resolve("root.key")).exists();
        assertThat(custodian.give(texts.get(2)).open()).isFalse();
        assertThat(custodian.give(texts.get(0)).open()).isTrue();
        assertThat(folder.resolve("root.key")).doesNotExist();
        Vault opened = new Vault(custodian.root().orElseThrow(), entropy);
        assertThat(opened.unwrap(sealed, "n")).isPresent();
    }

    @Test
    void changeInForce_shutsTheOldWay_andTheVaultFollows() throws IOException {
        Vault follower = vault();
        custodian.attach(follower);
        commit(custodian.rotate(store.ledger().read(), NOW).row());
        assertThat(follower.isCurrent(sealed)).isTrue();
        custodian.step();
        assertThat(follower.isCurrent(sealed)).isFalse();
        assertThat(follower.unwrap(sealed, "n")).isPresent();
    }

    /** An operator who asks twice in a row is not told to come back: what is committed comes into force first. */
    @Test
    void changeRightBehindAnother_findsThatOneInForce_andWhatSawAnotherRowIsRefused() throws IOException {
        Vault follower = vault();
        custodian.attach(follower);
        Custody first = custodian.rotate(store.ledger().read(), NOW).row();
        commit(first);
        try (MemoryStore before = MemoryStore.open(House.tables())) {
            assertThatThrownBy(() -> custodian.change(before.ledger().read(), to("passphrase"), NOW))
                    .isInstanceOf(CustodyRefused.class)
                    .hasMessageContaining("coming into force");
        }
        assertThat(follower.isCurrent(sealed)).isFalse();
        Custody second =
                custodian.change(store.ledger().read(), to("passphrase"), NOW).row();
        assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
    }

    /** New shares whose answer got lost: those of before may ask for others, for an hour, and nobody else may. */
    @Test
    void lostShares_areMadeAnew_byThoseWhoHadCustodyBefore() throws IOException {
        vault();
        Custodian.Change first = custodian.change(store.ledger().read(), to("shares"), NOW);
        List<Secret> old = first.shares().stream()
                .map(dev.keytrail.crypto.custody.Share::text)
                .toList();
        commit(first.row());
        custodian.step();
        commit(custodian.change(store.ledger().read(), to("shares"), NOW).row());
        custodian.step();
        custodian.prove(store.ledger().read(), Optional.empty(), old.subList(0, 2), NOW.plusSeconds(3_500));
        assertThatThrownBy(() ->
                        custodian.prove(store.ledger().read(), Optional.empty(), old.subList(0, 1), NOW.plusSeconds(1)))
                .isInstanceOf(CustodyRefused.class);
        assertThatThrownBy(
                        () -> custodian.prove(store.ledger().read(), Optional.empty(), List.of(), NOW.plusSeconds(1)))
                .isInstanceOf(CustodyRefused.class);
        assertThatThrownBy(() -> custodian.prove(
                        store.ledger().read(), Optional.empty(), old.subList(0, 2), NOW.plusSeconds(3_601)))
                .isInstanceOf(CustodyRefused.class);
    }

    @Test
    void lostCommit_isForgotten_andTheNextChangeWorks() throws IOException {
        custodian.change(store.ledger().read(), to("file"), NOW);
        Custodian.Change second = custodian.change(store.ledger().read(), to("file"), NOW);
        commit(second.row());
        custodian.step();
        requireOpens();
    }

    @Test
    void keyFileOfAnotherLedger_stopsTheStart() throws IOException {
        commit(custodian.change(store.ledger().read(), to("file"), NOW).row());
        custodian.step();
        Files.delete(folder.resolve("root.key"));
        custodian = life();
        assertThatThrownBy(() -> custodian.openAlone())
                .isInstanceOf(OperatorError.class)
                .hasMessageContaining("missing");
        dev.keytrail.crypto.FileCustody.open(folder.resolve("root.key"), true, entropy);
        assertThatThrownBy(() -> custodian.openAlone())
                .isInstanceOf(OperatorError.class)
                .hasMessageContaining("root.key is another key");
    }
}

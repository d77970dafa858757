package dev.keytrail.identity;

import dev.keytrail.call.Change;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import dev.keytrail.identity.federation.KeySource;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.testkit.SeededEntropy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A server's identity room just after its first start, in memory. */
public final class Site {
    public static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    public final FakeLedger ledger = new FakeLedger();
    public final Identity identity;
    public final Bootstrap.NewAccount first;
    /** The secret access key of the user admin. */
    public final String adminSecret;

    public Site() {
        this(7);
    }

    public Site(long seed) {
        SeededEntropy entropy = new SeededEntropy(seed);
        Vault vault = new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy);
        identity = Identity.open(
                vault, entropy, new Authorizer(), new PolicyCache(100), KeySource.NONE, (_, _) -> Optional.empty());
        first = identity.bootstrap().firstStart(NOW);
        adminSecret = text(first.key().secret());
        commit(first.changes());
    }

    public State read() {
        return ledger.read();
    }

    public void commit(Change<?>... changes) {
        commit(List.of(changes));
    }

    public void commit(List<Change<?>> changes) {
        ledger.commit(ledger.read(), changes, List.of());
    }

    public String account() {
        return first.account().id();
    }

    public String adminKeyId() {
        return first.key().row().id();
    }

    public User admin() {
        return user("admin");
    }

    public User user(String name) {
        return read().get(IdentityTables.USERS, IdentityTables.key(account(), name))
                .orElseThrow();
    }

    public AccessKey adminKey() {
        return read().get(IdentityTables.ACCESS_KEYS, adminKeyId()).orElseThrow();
    }

    public void put(User user) {
        commit(Change.put(IdentityTables.USERS, IdentityTables.key(user.account(), user.name()), user));
    }

    public static String text(Secret secret) {
        return new String(secret.reveal(), StandardCharsets.US_ASCII);
    }
}

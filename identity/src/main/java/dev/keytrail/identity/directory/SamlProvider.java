package dev.keytrail.identity.directory;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.Vault;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A SAML provider that an account trusts.
 *
 * @param id of capital letters and digits; another one if the provider is deleted and made again
 * @param metadata its document, as given
 * @param validUntil when its last certificate, or the document itself, ends
 * @param keys private keys that its assertions may be encrypted under, two at most
 * @param encryptionRequired whether they must be
 */
public record SamlProvider(
        String account,
        String name,
        String id,
        Instant created,
        String metadata,
        Instant validUntil,
        Map<String, String> tags,
        List<PrivateKey> keys,
        boolean encryptionRequired)
        implements Tagged<SamlProvider> {
    static final RowCodec<SamlProvider> CODEC = RowCodec.of(SamlProvider::write, SamlProvider::read);

    /** @param sealed the PEM text, wrapped under {@link #keyName} */
    public record PrivateKey(String id, Instant added, Bytes sealed) {}

    public SamlProvider {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        keys = List.copyOf(keys);
    }

    /** What a key is sealed under, so that it cannot be moved to another provider. */
    public static String keyName(String providerId, String keyId) {
        return "private key " + keyId + " of " + providerId;
    }

    /** With its private keys under the newest root key; empty when they are already. */
    Optional<SamlProvider> renewed(Vault vault) {
        List<PrivateKey> again = keys.stream()
                .map(key -> vault.renewed(key.sealed(), keyName(id, key.id()))
                        .map(bytes -> new PrivateKey(key.id(), key.added(), bytes))
                        .orElse(key))
                .toList();
        return again.equals(keys) ? Optional.empty() : Optional.of(withKeys(again, encryptionRequired));
    }

    public SamlProvider withKeys(List<PrivateKey> changed, boolean required) {
        return new SamlProvider(account, name, id, created, metadata, validUntil, tags, changed, required);
    }

    public String arn() {
        return "arn:aws:iam::" + account + ":saml-provider/" + name;
    }

    public String rowKey() {
        return IdentityTables.key(account, name);
    }

    public SamlProvider withMetadata(String changed, Instant until) {
        return new SamlProvider(account, name, id, created, changed, until, tags, keys, encryptionRequired);
    }

    @Override
    public SamlProvider withTags(Map<String, String> changed) {
        return new SamlProvider(account, name, id, created, metadata, validUntil, changed, keys, encryptionRequired);
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(name).text(id).instant(created);
        out.text(metadata).instant(validUntil).texts(tags);
        out.list(keys, (key, to) -> to.text(key.id()).instant(key.added()).bytes(key.sealed()));
        out.flag(encryptionRequired);
    }

    private static SamlProvider read(RowReader in) {
        in.version(1);
        return new SamlProvider(
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.text(),
                in.instant(),
                in.textMap(),
                in.hasMore() ? in.list(k -> new PrivateKey(k.text(), k.instant(), k.bytes())) : List.of(),
                in.hasMore() && in.flag());
    }
}

package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A SAML provider that an account trusts.
 *
 * @param id of capital letters and digits; another one if the provider is deleted and made again
 * @param metadata its document, as given
 * @param validUntil when its last certificate, or the document itself, ends
 */
public record SamlProvider(
        String account,
        String name,
        String id,
        Instant created,
        String metadata,
        Instant validUntil,
        Map<String, String> tags)
        implements Tagged<SamlProvider> {
    static final RowCodec<SamlProvider> CODEC = RowCodec.of(SamlProvider::write, SamlProvider::read);

    public SamlProvider {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    public String arn() {
        return "arn:aws:iam::" + account + ":saml-provider/" + name;
    }

    public String rowKey() {
        return IdentityTables.key(account, name);
    }

    public SamlProvider withMetadata(String changed, Instant until) {
        return new SamlProvider(account, name, id, created, changed, until, tags);
    }

    @Override
    public SamlProvider withTags(Map<String, String> changed) {
        return new SamlProvider(account, name, id, created, metadata, validUntil, changed);
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(name).text(id).instant(created);
        out.text(metadata).instant(validUntil).texts(tags);
    }

    private static SamlProvider read(RowReader in) {
        in.version(1);
        return new SamlProvider(in.text(), in.text(), in.text(), in.instant(), in.text(), in.instant(), in.textMap());
    }
}

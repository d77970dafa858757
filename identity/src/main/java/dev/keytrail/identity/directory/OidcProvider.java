package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OpenID Connect provider that an account trusts.
 *
 * @param issuer its URL without {@code https://}, as in ARNs and condition keys
 * @param clientIds the audiences that tokens may be for
 * @param thumbprints as given; shown, and not used
 * @param keys a JSON Web Key Set configured here, so that nothing is fetched
 */
public record OidcProvider(
        String account,
        String issuer,
        Instant created,
        List<String> clientIds,
        List<String> thumbprints,
        Map<String, String> tags,
        Optional<String> keys)
        implements Tagged<OidcProvider> {
    static final RowCodec<OidcProvider> CODEC = RowCodec.of(OidcProvider::write, OidcProvider::read);

    private static final String RESOURCE = "oidc-provider/";

    public OidcProvider {
        clientIds = List.copyOf(clientIds);
        thumbprints = List.copyOf(thumbprints);
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    public String arn() {
        return "arn:aws:iam::" + account + ":" + RESOURCE + issuer;
    }

    public String url() {
        return "https://" + issuer;
    }

    public String rowKey() {
        return IdentityTables.prefix(account) + issuer;
    }

    /** The issuer that an ARN's resource part names. */
    public static Optional<String> issuerOf(String resource) {
        return resource.startsWith(RESOURCE) ? Optional.of(resource.substring(RESOURCE.length())) : Optional.empty();
    }

    public OidcProvider withClientIds(List<String> changed) {
        return new OidcProvider(account, issuer, created, changed, thumbprints, tags, keys);
    }

    public OidcProvider withThumbprints(List<String> changed) {
        return new OidcProvider(account, issuer, created, clientIds, changed, tags, keys);
    }

    public OidcProvider withKeys(Optional<String> changed) {
        return new OidcProvider(account, issuer, created, clientIds, thumbprints, tags, changed);
    }

    @Override
    public OidcProvider withTags(Map<String, String> changed) {
        return new OidcProvider(account, issuer, created, clientIds, thumbprints, changed, keys);
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(issuer).instant(created);
        out.texts(clientIds).texts(thumbprints).texts(tags).optionalText(keys);
    }

    private static OidcProvider read(RowReader in) {
        in.version(1);
        return new OidcProvider(
                in.text(), in.text(), in.instant(), in.texts(), in.texts(), in.textMap(), in.optionalText());
    }
}

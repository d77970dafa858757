package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.OidcProvider;
import dev.keytrail.identity.federation.JsonWebKeys;
import dev.keytrail.wire.NoOutput;
import java.util.Optional;

/**
 * PutOpenIDConnectProviderKeys, which AWS has no API for: configures the keys of an OpenID Connect provider, so that nothing
 * is fetched for its tokens. Without keys the provider's published ones are fetched again. Needs
 * {@code keytrail:PutOpenIDConnectProviderKeys} on the provider.
 */
public final class PutProviderKeys {
    private static final int CHARS_MAX = 64 << 10;

    private final Permit permit;

    PutProviderKeys(Permit permit) {
        this.permit = permit;
    }

    /** @param keys a JSON Web Key Set; empty to have them fetched */
    public record Input(Optional<String> openIDConnectProviderArn, Optional<String> keys) {}

    Operation<Input, NoOutput> row() {
        return Rows.changing(
                Service.KEYTRAIL,
                "PutOpenIDConnectProviderKeys",
                Input.class,
                NoOutput.class,
                this::run,
                in -> Rows.shown(Facts.facts()
                        .put("openIDConnectProviderArn", in.openIDConnectProviderArn())
                        .put("keys", in.keys())));
    }

    private Effect<NoOutput> run(Attempt attempt, Input in) {
        String arn = in.openIDConnectProviderArn().orElseThrow(() -> invalid("OpenIDConnectProviderArn is missing"));
        OidcProvider provider = OidcProviders.permitted(attempt, permit, arn);
        in.keys().ifPresent(PutProviderKeys::check);
        return Effect.of(NoOutput.INSTANCE, OidcProviders.put(provider.withKeys(in.keys())));
    }

    private static void check(String keys) {
        if (keys.length() > CHARS_MAX) {
            throw invalid("Keys must have at most " + CHARS_MAX + " characters");
        }
        try {
            JsonWebKeys.parse(keys);
        } catch (IllegalArgumentException e) {
            throw invalid("Keys are no usable JSON Web Key Set: " + e.getMessage());
        }
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("ValidationException", message));
    }
}

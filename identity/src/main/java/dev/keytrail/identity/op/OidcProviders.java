package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.OidcProvider;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.AddClientIDToOpenIDConnectProviderRequest;
import dev.keytrail.wire.shape.iam.CreateOpenIDConnectProviderRequest;
import dev.keytrail.wire.shape.iam.CreateOpenIDConnectProviderResponse;
import dev.keytrail.wire.shape.iam.DeleteOpenIDConnectProviderRequest;
import dev.keytrail.wire.shape.iam.GetOpenIDConnectProviderRequest;
import dev.keytrail.wire.shape.iam.GetOpenIDConnectProviderResponse;
import dev.keytrail.wire.shape.iam.ListOpenIDConnectProvidersRequest;
import dev.keytrail.wire.shape.iam.ListOpenIDConnectProvidersResponse;
import dev.keytrail.wire.shape.iam.OpenIDConnectProviderListEntry;
import dev.keytrail.wire.shape.iam.RemoveClientIDFromOpenIDConnectProviderRequest;
import dev.keytrail.wire.shape.iam.UpdateOpenIDConnectProviderThumbprintRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The OpenID Connect providers that an account trusts: Create, Get, List, Delete, their audiences and thumbprints. */
final class OidcProviders {
    /** AWS's quotas. */
    private static final int PROVIDERS_MAX = 100;

    private static final int CLIENT_IDS_MAX = 100;
    private static final int THUMBPRINTS_MAX = 5;

    private final Permit permit;

    OidcProviders(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "CreateOpenIDConnectProvider",
                        CreateOpenIDConnectProviderRequest.class,
                        CreateOpenIDConnectProviderResponse.class,
                        this::create,
                        OidcProviders::facts),
                Rows.reading(
                        Service.IAM,
                        "GetOpenIDConnectProvider",
                        GetOpenIDConnectProviderRequest.class,
                        GetOpenIDConnectProviderResponse.class,
                        this::get,
                        in -> Optional.of(facts(in.openIDConnectProviderArn()))),
                Rows.reading(
                        Service.IAM,
                        "ListOpenIDConnectProviders",
                        ListOpenIDConnectProvidersRequest.class,
                        ListOpenIDConnectProvidersResponse.class,
                        this::list,
                        _ -> Optional.empty()),
                Rows.changing(
                        Service.IAM,
                        "DeleteOpenIDConnectProvider",
                        DeleteOpenIDConnectProviderRequest.class,
                        NoOutput.class,
                        (attempt, in) -> delete(attempt, in.openIDConnectProviderArn()),
                        in -> Optional.of(facts(in.openIDConnectProviderArn()))),
                Rows.changing(
                        Service.IAM,
                        "AddClientIDToOpenIDConnectProvider",
                        AddClientIDToOpenIDConnectProviderRequest.class,
                        NoOutput.class,
                        (attempt, in) -> add(attempt, in.openIDConnectProviderArn(), in.clientID()),
                        in -> Optional.of(facts(in.openIDConnectProviderArn()).put("clientID", in.clientID()))),
                Rows.changing(
                        Service.IAM,
                        "RemoveClientIDFromOpenIDConnectProvider",
                        RemoveClientIDFromOpenIDConnectProviderRequest.class,
                        NoOutput.class,
                        (attempt, in) -> remove(attempt, in.openIDConnectProviderArn(), in.clientID()),
                        in -> Optional.of(facts(in.openIDConnectProviderArn()).put("clientID", in.clientID()))),
                Rows.changing(
                        Service.IAM,
                        "UpdateOpenIDConnectProviderThumbprint",
                        UpdateOpenIDConnectProviderThumbprintRequest.class,
                        NoOutput.class,
                        (attempt, in) -> thumbprints(attempt, in.openIDConnectProviderArn(), in.thumbprintList()),
                        in -> Optional.of(facts(in.openIDConnectProviderArn())
                                .putStrings("thumbprintList", in.thumbprintList()))));
    }

    private Effect<CreateOpenIDConnectProviderResponse> create(Attempt attempt, CreateOpenIDConnectProviderRequest in) {
        Map<String, String> tags = TagLists.checked(in.tags().orElse(List.of()));
        OidcProvider provider = new OidcProvider(
                attempt.call().account(),
                issuer(in.url()),
                attempt.call().receivedAt(),
                in.clientIDList().orElse(List.of()).stream().distinct().toList(),
                in.thumbprintList().orElse(List.of()),
                tags,
                Optional.empty());
        attempt.notes().named("AWS::IAM::OIDCProvider", provider.arn());
        permit.demand(attempt, provider.arn(), conditions -> TagLists.conditions(conditions, tags));
        if (!tags.isEmpty()) {
            permit.demand(
                    attempt,
                    "iam:TagOpenIDConnectProvider",
                    provider.arn(),
                    conditions -> TagLists.conditions(conditions, tags));
        }
        requireWithin(provider);
        List<OidcProvider> all = Entities.all(attempt.state(), IdentityTables.OIDC_PROVIDERS, provider.account());
        if (attempt.state()
                .get(IdentityTables.OIDC_PROVIDERS, provider.rowKey())
                .isPresent()) {
            throw IamErrors.exists("Provider with url " + in.url() + " already exists.");
        }
        if (all.size() >= PROVIDERS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for OpenIdConnectProvidersPerAccount: " + PROVIDERS_MAX);
        }
        Facts shown = Facts.facts().put("openIDConnectProviderArn", provider.arn());
        CreateOpenIDConnectProviderResponse.Builder reply =
                CreateOpenIDConnectProviderResponse.builder().openIDConnectProviderArn(provider.arn());
        if (!tags.isEmpty()) {
            reply.tags(TagLists.shape(tags));
            shown.putAll("tags", TagLists.facts(TagLists.shape(tags)));
        }
        return Effect.of(reply.build(), put(provider)).showing(shown);
    }

    /** The URL without its scheme. */
    private static String issuer(String url) {
        try {
            URI uri = new URI(url);
            boolean plain = "https".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            if (plain) {
                return url.substring("https://".length());
            }
        } catch (URISyntaxException e) {
            // The one answer for all that is no such URL.
        }
        throw IamErrors.invalidInput("Invalid Open ID Connect Provider URL");
    }

    private static void requireWithin(OidcProvider provider) {
        if (provider.clientIds().size() > CLIENT_IDS_MAX) {
            throw IamErrors.limitExceeded(
                    "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: " + CLIENT_IDS_MAX);
        }
        if (provider.thumbprints().size() > THUMBPRINTS_MAX) {
            throw IamErrors.invalidInput("Thumbprint list must contain fewer than " + THUMBPRINTS_MAX + " entries.");
        }
        for (String thumbprint : provider.thumbprints()) {
            if (!thumbprint.matches("[0-9A-Fa-f]{40}")) {
                throw IamErrors.invalidInput("Invalid thumbprint: it must be 40 hexadecimal digits.");
            }
        }
    }

    private Effect<GetOpenIDConnectProviderResponse> get(Attempt attempt, GetOpenIDConnectProviderRequest in) {
        OidcProvider provider = permitted(attempt, permit, in.openIDConnectProviderArn());
        GetOpenIDConnectProviderResponse.Builder reply = GetOpenIDConnectProviderResponse.builder()
                .url(provider.issuer())
                .clientIDList(provider.clientIds())
                .thumbprintList(provider.thumbprints())
                .createDate(provider.created());
        if (!provider.tags().isEmpty()) {
            reply.tags(TagLists.shape(provider.tags()));
        }
        return Effect.of(reply.build());
    }

    private Effect<ListOpenIDConnectProvidersResponse> list(Attempt attempt, ListOpenIDConnectProvidersRequest in) {
        permit.demand(attempt, Permit.ANY);
        List<OidcProvider> all = Entities.all(
                attempt.state(), IdentityTables.OIDC_PROVIDERS, attempt.call().account());
        return Effect.of(ListOpenIDConnectProvidersResponse.builder()
                .openIDConnectProviderList(all.stream()
                        .map(p -> OpenIDConnectProviderListEntry.builder()
                                .arn(p.arn())
                                .build())
                        .toList())
                .build());
    }

    private Effect<NoOutput> delete(Attempt attempt, String arn) {
        OidcProvider provider = permitted(attempt, permit, arn);
        return Effect.of(NoOutput.INSTANCE, Change.delete(IdentityTables.OIDC_PROVIDERS, provider.rowKey()));
    }

    private Effect<NoOutput> add(Attempt attempt, String arn, String clientId) {
        OidcProvider provider = permitted(attempt, permit, arn);
        if (provider.clientIds().contains(clientId)) {
            return Effect.of(NoOutput.INSTANCE);
        }
        List<String> ids = new ArrayList<>(provider.clientIds());
        ids.add(clientId);
        OidcProvider changed = provider.withClientIds(ids);
        requireWithin(changed);
        return Effect.of(NoOutput.INSTANCE, put(changed));
    }

    private Effect<NoOutput> remove(Attempt attempt, String arn, String clientId) {
        OidcProvider provider = permitted(attempt, permit, arn);
        List<String> ids = new ArrayList<>(provider.clientIds());
        ids.remove(clientId);
        return Effect.of(NoOutput.INSTANCE, put(provider.withClientIds(ids)));
    }

    private Effect<NoOutput> thumbprints(Attempt attempt, String arn, List<String> thumbprints) {
        OidcProvider changed = permitted(attempt, permit, arn).withThumbprints(thumbprints);
        requireWithin(changed);
        return Effect.of(NoOutput.INSTANCE, put(changed));
    }

    static Change<OidcProvider> put(OidcProvider provider) {
        return Change.put(IdentityTables.OIDC_PROVIDERS, provider.rowKey(), provider);
    }

    /** Asks for permission on it before telling whether there is one. */
    static OidcProvider permitted(Attempt attempt, Permit permit, String arn) {
        attempt.notes().named("AWS::IAM::OIDCProvider", arn);
        Arn parsed = Arn.parse(arn)
                .filter(a -> a.service().equals("iam")
                        && OidcProvider.issuerOf(a.resource()).isPresent())
                .orElseThrow(() -> IamErrors.invalidInput("ARN " + arn + " is not valid."));
        if (!parsed.account().equals(attempt.call().account())) {
            throw Permit.denied(attempt.call(), arn, Optional.empty());
        }
        Optional<OidcProvider> found = attempt.state()
                .get(
                        IdentityTables.OIDC_PROVIDERS,
                        IdentityTables.prefix(parsed.account())
                                + OidcProvider.issuerOf(parsed.resource()).orElseThrow());
        permit.demand(
                attempt, arn, conditions -> found.ifPresent(p -> TagLists.resourceConditions(conditions, p.tags())));
        return found.orElseThrow(() -> IamErrors.noSuchEntity("OpenIDConnect Provider not found for arn " + arn));
    }

    private static Facts facts(String arn) {
        return Facts.facts().put("openIDConnectProviderArn", arn);
    }

    private static Optional<Facts> facts(CreateOpenIDConnectProviderRequest in) {
        Facts facts = Facts.facts().put("url", in.url());
        in.clientIDList().ifPresent(ids -> facts.putStrings("clientIDList", ids));
        in.thumbprintList().ifPresent(list -> facts.putStrings("thumbprintList", list));
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }
}

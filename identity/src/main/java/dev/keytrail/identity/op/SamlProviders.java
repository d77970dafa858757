package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.SamlProvider;
import dev.keytrail.identity.federation.SamlMetadata;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.CreateSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.CreateSAMLProviderResponse;
import dev.keytrail.wire.shape.iam.DeleteSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.GetSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.GetSAMLProviderResponse;
import dev.keytrail.wire.shape.iam.ListSAMLProvidersRequest;
import dev.keytrail.wire.shape.iam.ListSAMLProvidersResponse;
import dev.keytrail.wire.shape.iam.SAMLProviderListEntry;
import dev.keytrail.wire.shape.iam.UpdateSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.UpdateSAMLProviderResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The SAML providers that an account trusts: Create, Get, List, Update, Delete. Encrypted assertions are not taken. */
final class SamlProviders {
    /** AWS's quota. */
    private static final int PROVIDERS_MAX = 100;

    private static final String RESOURCE = "saml-provider/";

    private final Permit permit;
    private final Identifiers identifiers;

    SamlProviders(Permit permit, Identifiers identifiers) {
        this.permit = permit;
        this.identifiers = identifiers;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "CreateSAMLProvider",
                        CreateSAMLProviderRequest.class,
                        CreateSAMLProviderResponse.class,
                        this::create,
                        SamlProviders::facts),
                Rows.reading(
                        Service.IAM,
                        "GetSAMLProvider",
                        GetSAMLProviderRequest.class,
                        GetSAMLProviderResponse.class,
                        this::get,
                        in -> Optional.of(facts(in.sAMLProviderArn()))),
                Rows.reading(
                        Service.IAM,
                        "ListSAMLProviders",
                        ListSAMLProvidersRequest.class,
                        ListSAMLProvidersResponse.class,
                        this::list,
                        _ -> Optional.empty()),
                Rows.changing(
                        Service.IAM,
                        "UpdateSAMLProvider",
                        UpdateSAMLProviderRequest.class,
                        UpdateSAMLProviderResponse.class,
                        this::update,
                        in -> Optional.of(
                                facts(in.sAMLProviderArn()).put("sAMLMetadataDocument", in.sAMLMetadataDocument()))),
                Rows.changing(
                        Service.IAM,
                        "DeleteSAMLProvider",
                        DeleteSAMLProviderRequest.class,
                        NoOutput.class,
                        (attempt, in) -> delete(attempt, in.sAMLProviderArn()),
                        in -> Optional.of(facts(in.sAMLProviderArn()))));
    }

    private Effect<CreateSAMLProviderResponse> create(Attempt attempt, CreateSAMLProviderRequest in) {
        Map<String, String> tags = TagLists.checked(in.tags().orElse(List.of()));
        String account = attempt.call().account();
        String arn = "arn:aws:iam::" + account + ":" + RESOURCE + in.name();
        attempt.notes().named("AWS::IAM::SAMLProvider", arn);
        permit.demand(attempt, arn, conditions -> TagLists.conditions(conditions, tags));
        if (!tags.isEmpty()) {
            permit.demand(attempt, "iam:TagSAMLProvider", arn, conditions -> TagLists.conditions(conditions, tags));
        }
        refuseEncryption(
                in.addPrivateKey().isPresent() || in.assertionEncryptionMode().isPresent());
        SamlMetadata metadata = checked(in.sAMLMetadataDocument());
        SamlProvider provider = new SamlProvider(
                account,
                in.name(),
                identifiers.uniqueId("ASPR1"),
                attempt.call().receivedAt(),
                in.sAMLMetadataDocument(),
                metadata.validUntil(),
                tags);
        if (attempt.state()
                .get(IdentityTables.SAML_PROVIDERS, provider.rowKey())
                .isPresent()) {
            throw IamErrors.exists("SAMLProvider with ARN " + arn + " already exists.");
        }
        if (Entities.all(attempt.state(), IdentityTables.SAML_PROVIDERS, account)
                        .size()
                >= PROVIDERS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for SAMLProvidersPerAccount: " + PROVIDERS_MAX);
        }
        CreateSAMLProviderResponse.Builder reply =
                CreateSAMLProviderResponse.builder().sAMLProviderArn(arn);
        Facts shown = facts(arn);
        if (!tags.isEmpty()) {
            reply.tags(TagLists.shape(tags));
            shown.putAll("tags", TagLists.facts(TagLists.shape(tags)));
        }
        return Effect.of(reply.build(), put(provider)).showing(shown);
    }

    private static void refuseEncryption(boolean asked) {
        if (asked) {
            throw IamErrors.invalidInput("Encrypted SAML assertions are not supported.");
        }
    }

    private static SamlMetadata checked(String document) {
        try {
            return SamlMetadata.parse(document);
        } catch (IllegalArgumentException e) {
            throw IamErrors.invalidInput("Could not parse metadata: " + e.getMessage());
        }
    }

    private Effect<GetSAMLProviderResponse> get(Attempt attempt, GetSAMLProviderRequest in) {
        SamlProvider provider = permitted(attempt, in.sAMLProviderArn());
        GetSAMLProviderResponse.Builder reply = GetSAMLProviderResponse.builder()
                .sAMLMetadataDocument(provider.metadata())
                .sAMLProviderUUID(provider.id())
                .createDate(provider.created())
                .validUntil(provider.validUntil());
        if (!provider.tags().isEmpty()) {
            reply.tags(TagLists.shape(provider.tags()));
        }
        return Effect.of(reply.build());
    }

    private Effect<ListSAMLProvidersResponse> list(Attempt attempt, ListSAMLProvidersRequest in) {
        permit.demand(attempt, Permit.ANY);
        return Effect.of(ListSAMLProvidersResponse.builder()
                .sAMLProviderList(
                        Entities.all(
                                        attempt.state(),
                                        IdentityTables.SAML_PROVIDERS,
                                        attempt.call().account())
                                .stream()
                                .map(p -> SAMLProviderListEntry.builder()
                                        .arn(p.arn())
                                        .createDate(p.created())
                                        .validUntil(p.validUntil())
                                        .build())
                                .toList())
                .build());
    }

    private Effect<UpdateSAMLProviderResponse> update(Attempt attempt, UpdateSAMLProviderRequest in) {
        SamlProvider provider = permitted(attempt, in.sAMLProviderArn());
        refuseEncryption(in.addPrivateKey().isPresent()
                || in.removePrivateKey().isPresent()
                || in.assertionEncryptionMode().isPresent());
        String document = in.sAMLMetadataDocument()
                .orElseThrow(() -> IamErrors.invalidInput("A SAMLMetadataDocument must be specified."));
        SamlProvider changed = provider.withMetadata(document, checked(document).validUntil());
        return Effect.of(
                        UpdateSAMLProviderResponse.builder()
                                .sAMLProviderArn(provider.arn())
                                .build(),
                        put(changed))
                .showing(facts(provider.arn()));
    }

    private Effect<NoOutput> delete(Attempt attempt, String arn) {
        SamlProvider provider = permitted(attempt, arn);
        return Effect.of(NoOutput.INSTANCE, Change.delete(IdentityTables.SAML_PROVIDERS, provider.rowKey()));
    }

    private static Change<SamlProvider> put(SamlProvider provider) {
        return Change.put(IdentityTables.SAML_PROVIDERS, provider.rowKey(), provider);
    }

    /** The account and name that an ARN of a provider has. */
    static Optional<Arn> parsed(String arn) {
        return Arn.parse(arn)
                .filter(a -> a.service().equals("iam") && a.resource().startsWith(RESOURCE));
    }

    static Optional<SamlProvider> find(Attempt attempt, Arn arn) {
        String name = arn.resource().substring(RESOURCE.length());
        return attempt.state().get(IdentityTables.SAML_PROVIDERS, IdentityTables.key(arn.account(), name));
    }

    private SamlProvider permitted(Attempt attempt, String arn) {
        attempt.notes().named("AWS::IAM::SAMLProvider", arn);
        Arn parsed = parsed(arn).orElseThrow(() -> IamErrors.invalidInput("ARN " + arn + " is not valid."));
        if (!parsed.account().equals(attempt.call().account())) {
            throw Permit.denied(attempt.call(), arn, Optional.empty());
        }
        Optional<SamlProvider> found = find(attempt, parsed);
        permit.demand(
                attempt, arn, conditions -> found.ifPresent(p -> TagLists.resourceConditions(conditions, p.tags())));
        return found.orElseThrow(() -> IamErrors.noSuchEntity("Manifest not found for arn " + arn));
    }

    private static Facts facts(String arn) {
        return Facts.facts().put("sAMLProviderArn", arn);
    }

    private static Optional<Facts> facts(CreateSAMLProviderRequest in) {
        Facts facts = Facts.facts().put("name", in.name()).put("sAMLMetadataDocument", in.sAMLMetadataDocument());
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }
}

package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.DecryptionKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.SamlProvider;
import dev.keytrail.identity.federation.SamlMetadata;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.AssertionEncryptionModeType;
import dev.keytrail.wire.shape.iam.CreateSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.CreateSAMLProviderResponse;
import dev.keytrail.wire.shape.iam.DeleteSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.GetSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.GetSAMLProviderResponse;
import dev.keytrail.wire.shape.iam.ListSAMLProvidersRequest;
import dev.keytrail.wire.shape.iam.ListSAMLProvidersResponse;
import dev.keytrail.wire.shape.iam.SAMLPrivateKey;
import dev.keytrail.wire.shape.iam.SAMLProviderListEntry;
import dev.keytrail.wire.shape.iam.UpdateSAMLProviderRequest;
import dev.keytrail.wire.shape.iam.UpdateSAMLProviderResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The SAML providers that an account trusts: Create, Get, List, Update, Delete, with private keys for encrypted assertions. */
final class SamlProviders {
    /** AWS's quota. */
    private static final int PROVIDERS_MAX = 100;

    private static final String RESOURCE = "saml-provider/";

    /** AWS's: the old one and the new one. */
    private static final int KEYS_MAX = 2;

    private final Permit permit;
    private final Identifiers identifiers;
    private final Vault vault;

    SamlProviders(Permit permit, Identifiers identifiers, Vault vault) {
        this.permit = permit;
        this.identifiers = identifiers;
        this.vault = vault;
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
                        SamlProviders::facts),
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
        SamlMetadata metadata = checked(in.sAMLMetadataDocument());
        SamlProvider bare = new SamlProvider(
                account,
                in.name(),
                identifiers.uniqueId("ASPR1"),
                attempt.call().receivedAt(),
                in.sAMLMetadataDocument(),
                metadata.validUntil(),
                tags,
                List.of(),
                false);
        SamlProvider provider =
                withKeys(attempt, bare, in.addPrivateKey(), Optional.empty(), in.assertionEncryptionMode());
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

    /** With a key more or less, and what is demanded of assertions. */
    private SamlProvider withKeys(
            Attempt attempt,
            SamlProvider provider,
            Optional<Secret> add,
            Optional<String> remove,
            Optional<AssertionEncryptionModeType> mode) {
        List<SamlProvider.PrivateKey> keys = new ArrayList<>(provider.keys());
        if (remove.isPresent() && !keys.removeIf(key -> key.id().equals(remove.get()))) {
            throw IamErrors.noSuchEntity("The private key with id " + remove.get() + " cannot be found.");
        }
        add.ifPresent(pem -> {
            if (DecryptionKey.parse(pem).isEmpty()) {
                throw IamErrors.invalidInput(
                        "The private key must be an unencrypted RSA key of at least 2048 bits in PEM.");
            }
            if (keys.size() >= KEYS_MAX) {
                throw IamErrors.limitExceeded("Cannot exceed quota for PrivateKeysPerSAMLProvider: " + KEYS_MAX);
            }
            String id = identifiers.uniqueId("ASPK1");
            keys.add(new SamlProvider.PrivateKey(
                    id, attempt.call().receivedAt(), vault.wrap(pem, SamlProvider.keyName(provider.id(), id))));
        });
        boolean required =
                mode.map(m -> m == AssertionEncryptionModeType.Required).orElse(provider.encryptionRequired());
        if (keys.isEmpty() && (required || mode.isPresent())) {
            throw IamErrors.invalidInput("AssertionEncryptionMode needs a private key.");
        }
        return provider.withKeys(keys, required);
    }

    /** The keys that an assertion of the provider may be encrypted under. */
    static List<DecryptionKey> keys(Vault vault, SamlProvider provider) {
        List<DecryptionKey> keys = new ArrayList<>();
        for (SamlProvider.PrivateKey key : provider.keys()) {
            String name = SamlProvider.keyName(provider.id(), key.id());
            try (Secret pem = vault.unwrap(key.sealed(), name)
                    .orElseThrow(() -> new IllegalStateException(name + " cannot be opened"))) {
                DecryptionKey.parse(pem).ifPresent(keys::add);
            }
        }
        return keys;
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
        if (!provider.keys().isEmpty()) {
            reply.assertionEncryptionMode(
                    provider.encryptionRequired()
                            ? AssertionEncryptionModeType.Required
                            : AssertionEncryptionModeType.Allowed);
            reply.privateKeyList(provider.keys().stream()
                    .map(key -> SAMLPrivateKey.builder()
                            .keyId(key.id())
                            .timestamp(key.added())
                            .build())
                    .toList());
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
        if (in.sAMLMetadataDocument().isEmpty()
                && in.addPrivateKey().isEmpty()
                && in.removePrivateKey().isEmpty()
                && in.assertionEncryptionMode().isEmpty()) {
            throw IamErrors.invalidInput("A SAMLMetadataDocument must be specified.");
        }
        SamlProvider described = in.sAMLMetadataDocument()
                .map(document ->
                        provider.withMetadata(document, checked(document).validUntil()))
                .orElse(provider);
        SamlProvider changed =
                withKeys(attempt, described, in.addPrivateKey(), in.removePrivateKey(), in.assertionEncryptionMode());
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
        in.assertionEncryptionMode().ifPresent(mode -> facts.put("assertionEncryptionMode", mode.value()));
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }

    /** All but the private key. */
    private static Optional<Facts> facts(UpdateSAMLProviderRequest in) {
        Facts facts = facts(in.sAMLProviderArn()).put("sAMLMetadataDocument", in.sAMLMetadataDocument());
        in.assertionEncryptionMode().ifPresent(mode -> facts.put("assertionEncryptionMode", mode.value()));
        return Optional.of(facts.put("removePrivateKey", in.removePrivateKey()));
    }
}

package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantConstraints;
import dev.keytrail.kms.key.GrantOperation;
import dev.keytrail.kms.key.GrantParty;
import dev.keytrail.kms.key.Grants;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Principals;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.CreateGrantResponse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * CreateGrant: in force as soon as it is answered. A named request that is made again gets the grant it made before. Who
 * may make grants by a grant alone can pass on only what that grant holds.
 */
final class CreateGrant {
    private static final int ID_BYTES = 32;

    private final KeyUse use;
    private final Principals principals;
    private final Entropy entropy;
    private final Quotas quotas;

    CreateGrant(KeyUse use, Principals principals, Entropy entropy, Quotas quotas) {
        this.use = use;
        this.principals = principals;
        this.entropy = entropy;
        this.quotas = quotas;
    }

    Operation<CreateGrantRequest, CreateGrantResponse> row() {
        return Rows.changing(
                "CreateGrant", CreateGrantRequest.class, CreateGrantResponse.class, this::run, CreateGrant::shown);
    }

    private Effect<CreateGrantResponse> run(Attempt attempt, CreateGrantRequest in) {
        Call call = attempt.call();
        Wanted wanted = Wanted.of(attempt, in);
        use.demandGenuineTokens(in.grantTokens());
        Named named = Keyring.find(attempt, in.keyId(), Accepts.ANY_KEY, call.action());
        use.permissions().demand(attempt, named, call.action(), wanted);
        Key key = named.key();
        demandKnown(attempt, wanted);
        StateRule.GRANTING.demand(key);
        wanted.demandFitting(key);
        Grant grant = wanted.grant(key, call, entropy.hex(ID_BYTES)).boundTo(ids(attempt.state(), wanted));
        Optional<Grant> before =
                Grants.same(attempt.state(), grant).filter(old -> old.ids().equals(grant.ids()));
        if (before.isPresent()) {
            KeyUse.refuseDryRun(in.dryRun());
            return answer(key, Effect.of(reply(before.get())), before.get());
        }
        Effect<CreateGrantResponse> effect =
                Effect.of(reply(grant), Grants.make(attempt.state(), grant, quotas.grantsOfKey()));
        KeyUse.refuseDryRun(in.dryRun());
        return answer(key, effect, grant);
    }

    private CreateGrantResponse reply(Grant grant) {
        return CreateGrantResponse.builder()
                .grantId(grant.id())
                .grantToken(use.tokens().of(grant))
                .build();
    }

    private static Effect<CreateGrantResponse> answer(Key key, Effect<CreateGrantResponse> effect, Grant grant) {
        return effect.showing(Facts.facts().put("grantId", grant.id()).put("keyId", key.arn()));
    }

    private Map<String, String> ids(State state, Wanted wanted) {
        Map<String, String> ids = new HashMap<>();
        Stream.concat(Stream.of(wanted.grantee()), wanted.retiring().stream())
                .forEach(party -> principals.uniqueId(state, party.name()).ifPresent(id -> ids.put(party.name(), id)));
        return ids;
    }

    private void demandKnown(Attempt attempt, Wanted wanted) {
        Stream.concat(Stream.of(wanted.grantee()), wanted.retiring().stream()).forEach(party -> {
            if (!principals.exists(attempt.state(), party.name())) {
                throw KmsErrors.invalidArn(party.name());
            }
        });
    }

    /** A request, its members found to go together. */
    private record Wanted(
            Optional<String> name,
            GrantParty grantee,
            Optional<GrantParty> retiring,
            List<GrantOperation> operations,
            GrantConstraints constraints,
            boolean forService)
            implements Circumstances {
        static Wanted of(Attempt attempt, CreateGrantRequest in) {
            GrantParty grantee = GrantParty.of(in.granteePrincipal(), in.granteeServicePrincipal(), "Grantee")
                    .orElseThrow(() -> KmsErrors.invalid(
                            "One of GranteePrincipal and GranteeServicePrincipal must be specified."));
            Optional<GrantParty> retiring =
                    GrantParty.of(in.retiringPrincipal(), in.retiringServicePrincipal(), "Retiring");
            GrantConstraints constraints = GrantLists.constraints(in.constraints());
            constraints.demandWithinBounds();
            if (grantee.asService() && (constraints.sourceArn().isEmpty() || retiring.isEmpty())) {
                throw KmsErrors.invalid(
                        "A grant for a service principal needs a SourceArn constraint and a retiring principal.");
            }
            if (in.operations().isEmpty()) {
                throw KmsErrors.invalid("Operations must not be empty.");
            }
            if (in.operations().stream().allMatch(dev.keytrail.wire.shape.kms.GrantOperation.CreateGrant::equals)) {
                throw KmsErrors.invalid("Grants must not contain only the CreateGrant operation.");
            }
            return new Wanted(
                    in.name(),
                    grantee,
                    retiring,
                    in.operations().stream()
                            .map(operation -> GrantOperation.valueOf(operation.value()))
                            .distinct()
                            .toList(),
                    constraints,
                    attempt.call().caller().invokedBy().isPresent());
        }

        Grant grant(Key key, Call call, String id) {
            return new Grant(
                    key.account(),
                    key.region(),
                    key.id(),
                    id,
                    name,
                    Times.of(call),
                    grantee,
                    retiring,
                    call.account(),
                    operations,
                    constraints);
        }

        void demandFitting(Key key) {
            for (GrantOperation operation : operations) {
                if (!operation.fits(key.spec(), key.usage())) {
                    throw KmsErrors.invalid("Grant operation " + operation + " is not valid for a key of spec "
                            + key.spec() + " and usage " + key.usage() + ".");
                }
            }
            if (constraints.limitContext() && key.spec().kind() != KeySpec.Kind.SYMMETRIC) {
                throw KmsErrors.invalid("Encryption context constraints are valid only for symmetric encryption keys.");
            }
        }

        /** A grant that only lets make grants: a new one may hold nothing that it does not. */
        @Override
        public boolean coveredBy(Grant parent, GrantOperation operation) {
            return new HashSet<>(parent.operations()).containsAll(operations)
                    && constraints.areAtLeastAsStrictAs(parent.constraints());
        }

        @Override
        public void accept(ConditionContext.Builder conditions) {
            conditions.put("kms:GrantIsForAWSResource", forService);
            conditions.putAll(
                    "kms:GrantOperations", operations.stream().map(Enum::name).toList());
            conditions.put(
                    grantee.asService() ? "kms:GranteeServicePrincipal" : "kms:GranteePrincipal", grantee.name());
            retiring.ifPresent(party -> conditions.put(
                    party.asService() ? "kms:RetiringServicePrincipal" : "kms:RetiringPrincipal", party.name()));
            describe("EncryptionContextEquals", constraints.contextEquals(), conditions);
            describe("EncryptionContextSubset", constraints.contextSubset(), conditions);
            conditions.put("kms:GrantConstraintSourceArn", constraints.sourceArn());
        }

        private static void describe(
                String type, Optional<Map<String, String>> pairs, ConditionContext.Builder conditions) {
            if (pairs.isPresent()) {
                conditions.put("kms:GrantConstraintType", type);
                EncryptionContext.of(pairs).describe(conditions);
            }
        }
    }

    private static Optional<Facts> shown(CreateGrantRequest in) {
        Facts facts = Facts.facts().put("keyId", in.keyId());
        GrantLists.show(facts, in.constraints());
        facts.putStrings(
                        "operations",
                        in.operations().stream()
                                .map(operation -> operation.value())
                                .toList())
                .put("granteePrincipal", in.granteePrincipal())
                .put("granteeServicePrincipal", in.granteeServicePrincipal())
                .put("retiringPrincipal", in.retiringPrincipal())
                .put("retiringServicePrincipal", in.retiringServicePrincipal())
                .put("name", in.name());
        KeyUse.showDryRun(facts, in.dryRun());
        return Optional.of(facts);
    }
}

package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.User;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.wire.shape.iam.SimulateCustomPolicyRequest;
import dev.keytrail.wire.shape.iam.SimulatePolicyResponse;
import dev.keytrail.wire.shape.iam.SimulatePrincipalPolicyRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * SimulatePrincipalPolicy and SimulateCustomPolicy: what the policies of a principal, or policies given, would decide,
 * by the same evaluation that decides calls. Condition keys have the values given and no others.
 */
final class Simulations {
    private final Permit permit;
    private final Documents documents;
    private final IdentityPolicies policies;
    private final Simulator simulator;

    Simulations(Permit permit, Documents documents, IdentityPolicies policies, Simulator simulator) {
        this.permit = permit;
        this.documents = documents;
        this.policies = policies;
        this.simulator = simulator;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.reading(
                        Service.IAM,
                        "SimulatePrincipalPolicy",
                        SimulatePrincipalPolicyRequest.class,
                        SimulatePolicyResponse.class,
                        this::run,
                        in -> Optional.of(facts(
                                Facts.facts().put("policySourceArn", in.policySourceArn()),
                                in.actionNames(),
                                in.resourceArns(),
                                in.callerArn()))),
                Rows.reading(
                        Service.IAM,
                        "SimulateCustomPolicy",
                        SimulateCustomPolicyRequest.class,
                        SimulatePolicyResponse.class,
                        this::run,
                        in -> Optional.of(facts(
                                Facts.facts().putStrings("policyInputList", in.policyInputList()),
                                in.actionNames(),
                                in.resourceArns(),
                                in.callerArn()))));
    }

    private Effect<SimulatePolicyResponse> run(Attempt attempt, SimulatePrincipalPolicyRequest in) {
        Entity<?> source = source(attempt, in.policySourceArn());
        refuse(in.policyExclusionList().filter(list -> !list.isEmpty()).isPresent(), "PolicyExclusionList");
        refuse(in.resourceHandlingOption().isPresent(), "ResourceHandlingOption");
        CallerPolicies own = policies.of(attempt.state(), source);
        List<NamedPolicy> identity = new ArrayList<>(own.identity());
        identity.addAll(named("PolicyInputList", in.policyInputList().orElse(List.of())));
        CallerPolicies all = new CallerPolicies(
                identity,
                boundary(in.permissionsBoundaryPolicyInputList()).or(own::boundary),
                List.of(),
                false,
                own.guardrails(),
                own.tags());
        Optional<Caller> caller = in.callerArn().isPresent() ? in.callerArn().map(Simulations::caller) : caller(source);
        return simulator.run(
                new Simulator.Question(
                        caller,
                        attempt.call().account(),
                        in.actionNames(),
                        in.resourceArns().orElse(List.of()),
                        in.contextEntries().orElse(List.of()),
                        in.resourcePolicy(),
                        in.resourceOwner(),
                        all),
                new Paging(in.maxItems(), in.marker()));
    }

    private Effect<SimulatePolicyResponse> run(Attempt attempt, SimulateCustomPolicyRequest in) {
        permit.demand(attempt, Permit.ANY);
        refuse(
                in.orderedOrganizationPolicyInputList()
                        .filter(list -> !list.isEmpty())
                        .isPresent(),
                "OrderedOrganizationPolicyInputList");
        refuse(in.resourceHandlingOption().isPresent(), "ResourceHandlingOption");
        CallerPolicies all = new CallerPolicies(
                named("PolicyInputList", in.policyInputList()),
                boundary(in.permissionsBoundaryPolicyInputList()),
                List.of(),
                false,
                List.of());
        return simulator.run(
                new Simulator.Question(
                        in.callerArn().map(Simulations::caller),
                        attempt.call().account(),
                        in.actionNames(),
                        in.resourceArns().orElse(List.of()),
                        in.contextEntries().orElse(List.of()),
                        in.resourcePolicy(),
                        in.resourceOwner(),
                        all),
                new Paging(in.maxItems(), in.marker()));
    }

    /** The user, group or role whose policies are asked for. */
    private Entity<?> source(Attempt attempt, String arn) {
        Arn parsed = Arn.parse(arn)
                .filter(a -> a.service().equals("iam"))
                .orElseThrow(() -> IamErrors.invalidInput("ARN " + arn + " is not valid."));
        if (!parsed.account().equals(attempt.call().account())) {
            throw Permit.denied(attempt.call(), arn, Optional.empty());
        }
        String resource = parsed.resource();
        String name = resource.substring(resource.lastIndexOf('/') + 1);
        Kind<?> kind = resource.startsWith("user/")
                ? Kind.USER
                : resource.startsWith("group/")
                        ? Kind.GROUP
                        : resource.startsWith("role/") ? Kind.ROLE : refuseSource(arn);
        Entity<?> found = kind.permitted(attempt, permit, name);
        if (!found.arn().equals(arn)) {
            throw kind.noneSuch(name);
        }
        return found;
    }

    private static Kind<?> refuseSource(String arn) {
        throw IamErrors.invalidInput("ARN " + arn + " is not that of a user, group or role.");
    }

    private List<NamedPolicy> named(String list, List<String> texts) {
        List<NamedPolicy> named = new ArrayList<>();
        for (String text : texts) {
            named.add(new NamedPolicy(list + "." + (named.size() + 1), documents.simulated(text)));
        }
        return named;
    }

    private Optional<NamedPolicy> boundary(Optional<List<String>> texts) {
        List<NamedPolicy> named = named("PermissionsBoundaryPolicyInputList", texts.orElse(List.of()));
        if (named.size() > 1) {
            throw IamErrors.invalidInput("Only one permissions boundary policy can be simulated.");
        }
        return named.stream().findFirst();
    }

    /** A group calls nothing. */
    private static Optional<Caller> caller(Entity<?> source) {
        return switch (source) {
            case User user -> Optional.of(caller(user.principal()));
            case Role role ->
                Optional.of(caller(
                        new Principal.RoleSession(role.account(), role.id(), role.path(), role.name(), "simulation")));
            case Group _ -> Optional.empty();
        };
    }

    private static Caller caller(Principal principal) {
        return new Caller(principal, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** As whom a resource policy is to see the call: a user, as at AWS. */
    private static Caller caller(String arn) {
        Arn parsed = Arn.parse(arn)
                .filter(a -> a.service().equals("iam") && a.resource().startsWith("user/"))
                .orElseThrow(() -> IamErrors.invalidInput("CallerArn " + arn + " is not that of a user."));
        String resource = parsed.resource();
        int name = resource.lastIndexOf('/') + 1;
        return caller(new Principal.User(
                parsed.account(), "", resource.substring("user".length(), name), resource.substring(name)));
    }

    private static void refuse(boolean given, String parameter) {
        if (given) {
            throw IamErrors.invalidInput(parameter + " is not supported.");
        }
    }

    private static Facts facts(
            Facts facts, List<String> actions, Optional<List<String>> resources, Optional<String> callerArn) {
        facts.putStrings("actionNames", actions);
        resources.ifPresent(arns -> facts.putStrings("resourceArns", arns));
        return facts.put("callerArn", callerArn);
    }
}

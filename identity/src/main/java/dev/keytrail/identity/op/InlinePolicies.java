package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeleteGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.DeleteRolePolicyRequest;
import dev.keytrail.wire.shape.iam.DeleteUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.GetGroupPolicyResponse;
import dev.keytrail.wire.shape.iam.GetRolePolicyRequest;
import dev.keytrail.wire.shape.iam.GetRolePolicyResponse;
import dev.keytrail.wire.shape.iam.GetUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetUserPolicyResponse;
import dev.keytrail.wire.shape.iam.ListGroupPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListGroupPoliciesResponse;
import dev.keytrail.wire.shape.iam.ListRolePoliciesRequest;
import dev.keytrail.wire.shape.iam.ListRolePoliciesResponse;
import dev.keytrail.wire.shape.iam.ListUserPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListUserPoliciesResponse;
import dev.keytrail.wire.shape.iam.PutGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.PutRolePolicyRequest;
import dev.keytrail.wire.shape.iam.PutUserPolicyRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Put, Get, List and Delete of the inline policies of users, groups and roles. */
final class InlinePolicies<E extends Entity<E>> {
    private final Kind<E> kind;
    private final Permit permit;
    private final Documents documents;

    private InlinePolicies(Kind<E> kind, Permit permit, Documents documents) {
        this.kind = kind;
        this.permit = permit;
        this.documents = documents;
    }

    /** An inline policy in an answer; the document is percent-encoded. */
    private record Shown(String entity, String name, String document) {}

    static List<Operation<?, ?>> rows(Permit permit, Documents documents) {
        var users = new InlinePolicies<>(Kind.USER, permit, documents);
        var groups = new InlinePolicies<>(Kind.GROUP, permit, documents);
        var roles = new InlinePolicies<>(Kind.ROLE, permit, documents);
        List<Operation<?, ?>> rows = new ArrayList<>();
        rows.addAll(userRows(users));
        rows.addAll(groupRows(groups));
        rows.addAll(roleRows(roles));
        return rows;
    }

    private static List<Operation<?, ?>> userRows(InlinePolicies<User> users) {
        return List.of(
                users.put(
                        PutUserPolicyRequest.class,
                        PutUserPolicyRequest::userName,
                        PutUserPolicyRequest::policyName,
                        PutUserPolicyRequest::policyDocument),
                users.get(
                        GetUserPolicyRequest.class,
                        GetUserPolicyResponse.class,
                        GetUserPolicyRequest::userName,
                        GetUserPolicyRequest::policyName,
                        shown -> GetUserPolicyResponse.builder()
                                .userName(shown.entity())
                                .policyName(shown.name())
                                .policyDocument(shown.document())
                                .build()),
                users.list(
                        ListUserPoliciesRequest.class,
                        ListUserPoliciesResponse.class,
                        ListUserPoliciesRequest::userName,
                        in -> new Paging(in.maxItems(), in.marker()),
                        page -> ListUserPoliciesResponse.builder()
                                .policyNames(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()),
                users.delete(
                        DeleteUserPolicyRequest.class,
                        DeleteUserPolicyRequest::userName,
                        DeleteUserPolicyRequest::policyName));
    }

    private static List<Operation<?, ?>> groupRows(InlinePolicies<Group> groups) {
        return List.of(
                groups.put(
                        PutGroupPolicyRequest.class,
                        PutGroupPolicyRequest::groupName,
                        PutGroupPolicyRequest::policyName,
                        PutGroupPolicyRequest::policyDocument),
                groups.get(
                        GetGroupPolicyRequest.class,
                        GetGroupPolicyResponse.class,
                        GetGroupPolicyRequest::groupName,
                        GetGroupPolicyRequest::policyName,
                        shown -> GetGroupPolicyResponse.builder()
                                .groupName(shown.entity())
                                .policyName(shown.name())
                                .policyDocument(shown.document())
                                .build()),
                groups.list(
                        ListGroupPoliciesRequest.class,
                        ListGroupPoliciesResponse.class,
                        ListGroupPoliciesRequest::groupName,
                        in -> new Paging(in.maxItems(), in.marker()),
                        page -> ListGroupPoliciesResponse.builder()
                                .policyNames(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()),
                groups.delete(
                        DeleteGroupPolicyRequest.class,
                        DeleteGroupPolicyRequest::groupName,
                        DeleteGroupPolicyRequest::policyName));
    }

    private static List<Operation<?, ?>> roleRows(InlinePolicies<Role> roles) {
        return List.of(
                roles.put(
                        PutRolePolicyRequest.class,
                        PutRolePolicyRequest::roleName,
                        PutRolePolicyRequest::policyName,
                        PutRolePolicyRequest::policyDocument),
                roles.get(
                        GetRolePolicyRequest.class,
                        GetRolePolicyResponse.class,
                        GetRolePolicyRequest::roleName,
                        GetRolePolicyRequest::policyName,
                        shown -> GetRolePolicyResponse.builder()
                                .roleName(shown.entity())
                                .policyName(shown.name())
                                .policyDocument(shown.document())
                                .build()),
                roles.list(
                        ListRolePoliciesRequest.class,
                        ListRolePoliciesResponse.class,
                        ListRolePoliciesRequest::roleName,
                        in -> new Paging(in.maxItems(), in.marker()),
                        page -> ListRolePoliciesResponse.builder()
                                .policyNames(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()),
                roles.delete(
                        DeleteRolePolicyRequest.class,
                        DeleteRolePolicyRequest::roleName,
                        DeleteRolePolicyRequest::policyName));
    }

    private <I> Operation<I, NoOutput> put(
            Class<I> input, Function<I, String> name, Function<I, String> policyName, Function<I, String> document) {
        return Rows.changing(
                Service.IAM,
                "Put" + kind.title() + "Policy",
                input,
                NoOutput.class,
                (attempt, in) -> put(attempt, name.apply(in), policyName.apply(in), document.apply(in)),
                in -> Optional.of(
                        facts(name.apply(in), policyName.apply(in)).put("policyDocument", document.apply(in))));
    }

    private Effect<NoOutput> put(Attempt attempt, String name, String policyName, String document) {
        E entity = kind.permitted(attempt, permit, name);
        documents.requireIdentityPolicy(document);
        AttachedPolicies policies = entity.policies().withInline(policyName, document);
        int characters = policies.inline().values().stream()
                .mapToInt(Documents::characters)
                .sum();
        if (characters > kind.inlineCharactersMax()) {
            throw IamErrors.limitExceeded("Maximum policy size of " + kind.inlineCharactersMax()
                    + " bytes exceeded for " + kind.noun() + " " + entity.name());
        }
        return Effect.of(NoOutput.INSTANCE, kind.put(entity.withPolicies(policies)));
    }

    private <I, O> Operation<I, O> get(
            Class<I> input,
            Class<O> output,
            Function<I, String> name,
            Function<I, String> policyName,
            Function<Shown, O> reply) {
        return Rows.reading(
                Service.IAM,
                "Get" + kind.title() + "Policy",
                input,
                output,
                (attempt, in) -> Effect.of(reply.apply(get(attempt, name.apply(in), policyName.apply(in)))),
                in -> Optional.of(facts(name.apply(in), policyName.apply(in))));
    }

    private Shown get(Attempt attempt, String name, String policyName) {
        E entity = kind.permitted(attempt, permit, name);
        return new Shown(entity.name(), policyName, Documents.encoded(document(entity, policyName)));
    }

    private <I, O> Operation<I, O> list(
            Class<I> input,
            Class<O> output,
            Function<I, String> name,
            Function<I, Paging> paging,
            Function<Pages.Page<String>, O> reply) {
        return Rows.reading(
                Service.IAM,
                "List" + kind.title() + "Policies",
                input,
                output,
                (attempt, in) -> {
                    E entity = kind.permitted(attempt, permit, name.apply(in));
                    List<String> names = List.copyOf(entity.policies().inline().keySet());
                    return Effect.of(reply.apply(paging.apply(in).of(names)));
                },
                in -> Optional.of(paging.apply(in).shown(Facts.facts().put(kind.nameMember(), name.apply(in)))));
    }

    private <I> Operation<I, NoOutput> delete(
            Class<I> input, Function<I, String> name, Function<I, String> policyName) {
        return Rows.changing(
                Service.IAM,
                "Delete" + kind.title() + "Policy",
                input,
                NoOutput.class,
                (attempt, in) -> delete(attempt, name.apply(in), policyName.apply(in)),
                in -> Optional.of(facts(name.apply(in), policyName.apply(in))));
    }

    private Effect<NoOutput> delete(Attempt attempt, String name, String policyName) {
        E entity = kind.permitted(attempt, permit, name);
        document(entity, policyName);
        AttachedPolicies left = entity.policies().withoutInline(policyName);
        return Effect.of(NoOutput.INSTANCE, kind.put(entity.withPolicies(left)));
    }

    private String document(E entity, String policyName) {
        return entity.policies()
                .document(policyName)
                .orElseThrow(() -> IamErrors.noSuchEntity(
                        "The " + kind.noun() + " policy with name " + policyName + " cannot be found."));
    }

    private Facts facts(String name, String policyName) {
        return Facts.facts().put(kind.nameMember(), name).put("policyName", policyName);
    }
}

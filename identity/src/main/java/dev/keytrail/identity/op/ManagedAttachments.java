package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
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
import dev.keytrail.wire.shape.iam.AttachGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.AttachRolePolicyRequest;
import dev.keytrail.wire.shape.iam.AttachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.AttachedPolicy;
import dev.keytrail.wire.shape.iam.DetachGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.DetachRolePolicyRequest;
import dev.keytrail.wire.shape.iam.DetachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.ListAttachedGroupPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListAttachedGroupPoliciesResponse;
import dev.keytrail.wire.shape.iam.ListAttachedRolePoliciesRequest;
import dev.keytrail.wire.shape.iam.ListAttachedRolePoliciesResponse;
import dev.keytrail.wire.shape.iam.ListAttachedUserPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListAttachedUserPoliciesResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Attaching managed policies, AWS's or the account's own, to users, groups and roles. Attaching one twice changes
 * nothing; lists are in the order attached.
 */
final class ManagedAttachments<E extends Entity<E>> {
    /** AWS's quotas AttachedPoliciesPerUser, -PerGroup, -PerRole. */
    static final int POLICIES_MAX = 10;

    private final Kind<E> kind;
    private final Permit permit;

    private ManagedAttachments(Kind<E> kind, Permit permit) {
        this.kind = kind;
        this.permit = permit;
    }

    static List<Operation<?, ?>> rows(Permit permit) {
        var users = new ManagedAttachments<>(Kind.USER, permit);
        var groups = new ManagedAttachments<>(Kind.GROUP, permit);
        var roles = new ManagedAttachments<>(Kind.ROLE, permit);
        List<Operation<?, ?>> rows = new ArrayList<>();
        rows.addAll(userRows(users));
        rows.addAll(groupRows(groups));
        rows.addAll(roleRows(roles));
        return rows;
    }

    private static List<Operation<?, ?>> userRows(ManagedAttachments<User> users) {
        return List.of(
                users.attach(
                        AttachUserPolicyRequest.class,
                        AttachUserPolicyRequest::userName,
                        AttachUserPolicyRequest::policyArn),
                users.detach(
                        DetachUserPolicyRequest.class,
                        DetachUserPolicyRequest::userName,
                        DetachUserPolicyRequest::policyArn),
                users.list(
                        ListAttachedUserPoliciesRequest.class,
                        ListAttachedUserPoliciesResponse.class,
                        in -> new Asked(in.userName(), in.pathPrefix(), new Paging(in.maxItems(), in.marker())),
                        page -> ListAttachedUserPoliciesResponse.builder()
                                .attachedPolicies(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()));
    }

    private static List<Operation<?, ?>> groupRows(ManagedAttachments<Group> groups) {
        return List.of(
                groups.attach(
                        AttachGroupPolicyRequest.class,
                        AttachGroupPolicyRequest::groupName,
                        AttachGroupPolicyRequest::policyArn),
                groups.detach(
                        DetachGroupPolicyRequest.class,
                        DetachGroupPolicyRequest::groupName,
                        DetachGroupPolicyRequest::policyArn),
                groups.list(
                        ListAttachedGroupPoliciesRequest.class,
                        ListAttachedGroupPoliciesResponse.class,
                        in -> new Asked(in.groupName(), in.pathPrefix(), new Paging(in.maxItems(), in.marker())),
                        page -> ListAttachedGroupPoliciesResponse.builder()
                                .attachedPolicies(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()));
    }

    private static List<Operation<?, ?>> roleRows(ManagedAttachments<Role> roles) {
        return List.of(
                roles.attach(
                        AttachRolePolicyRequest.class,
                        AttachRolePolicyRequest::roleName,
                        AttachRolePolicyRequest::policyArn),
                roles.detach(
                        DetachRolePolicyRequest.class,
                        DetachRolePolicyRequest::roleName,
                        DetachRolePolicyRequest::policyArn),
                roles.list(
                        ListAttachedRolePoliciesRequest.class,
                        ListAttachedRolePoliciesResponse.class,
                        in -> new Asked(in.roleName(), in.pathPrefix(), new Paging(in.maxItems(), in.marker())),
                        page -> ListAttachedRolePoliciesResponse.builder()
                                .attachedPolicies(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()));
    }

    private <I> Operation<I, NoOutput> attach(Class<I> input, Function<I, String> name, Function<I, String> arn) {
        return Rows.changing(
                Service.IAM,
                "Attach" + kind.title() + "Policy",
                input,
                NoOutput.class,
                (attempt, in) -> attach(attempt, name.apply(in), arn.apply(in)),
                in -> Optional.of(facts(name.apply(in), arn.apply(in))));
    }

    private Effect<NoOutput> attach(Attempt attempt, String name, String arn) {
        E entity = kind.permitted(attempt, permit, name, conditions -> conditions.put("iam:PolicyARN", arn));
        Optional<Change<?>> counted = Attachments.attached(attempt, arn);
        AttachedPolicies policies = entity.policies();
        if (policies.managed().contains(arn)) {
            return Effect.of(NoOutput.INSTANCE);
        }
        if (policies.managed().size() >= POLICIES_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for PoliciesPer" + kind.title() + ": " + POLICIES_MAX);
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(kind.put(entity.withPolicies(policies.with(arn))));
        counted.ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }

    private <I> Operation<I, NoOutput> detach(Class<I> input, Function<I, String> name, Function<I, String> arn) {
        return Rows.changing(
                Service.IAM,
                "Detach" + kind.title() + "Policy",
                input,
                NoOutput.class,
                (attempt, in) -> detach(attempt, name.apply(in), arn.apply(in)),
                in -> Optional.of(facts(name.apply(in), arn.apply(in))));
    }

    private Effect<NoOutput> detach(Attempt attempt, String name, String arn) {
        E entity = kind.permitted(attempt, permit, name, conditions -> conditions.put("iam:PolicyARN", arn));
        attempt.notes().named("AWS::IAM::Policy", arn);
        Attachments.requireForm(arn);
        if (!entity.policies().managed().contains(arn)) {
            throw IamErrors.noSuchPolicy(arn);
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(kind.put(entity.withPolicies(entity.policies().without(arn))));
        Attachments.detached(attempt, arn).ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }

    private record Asked(String name, Optional<String> pathPrefix, Paging paging) {}

    private <I, O> Operation<I, O> list(
            Class<I> input, Class<O> output, Function<I, Asked> asked, Function<Pages.Page<AttachedPolicy>, O> reply) {
        return Rows.reading(
                Service.IAM,
                "ListAttached" + kind.title() + "Policies",
                input,
                output,
                (attempt, in) -> Effect.of(reply.apply(list(attempt, asked.apply(in)))),
                in -> {
                    Asked it = asked.apply(in);
                    return Optional.of(it.paging()
                            .shown(Facts.facts()
                                    .put(kind.nameMember(), it.name())
                                    .put("pathPrefix", it.pathPrefix())));
                });
    }

    private Pages.Page<AttachedPolicy> list(Attempt attempt, Asked asked) {
        E entity = kind.permitted(attempt, permit, asked.name());
        String path = asked.pathPrefix().orElse("/");
        return asked.paging()
                .of(entity.policies().managed().stream()
                        .filter(arn -> Attachments.path(arn).startsWith(path))
                        .map(Attachments::shape)
                        .toList());
    }

    private Facts facts(String name, String arn) {
        return Facts.facts().put(kind.nameMember(), name).put("policyArn", arn);
    }
}

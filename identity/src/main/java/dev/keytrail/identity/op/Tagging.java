package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.Tagged;
import dev.keytrail.identity.directory.User;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.ListPolicyTagsRequest;
import dev.keytrail.wire.shape.iam.ListPolicyTagsResponse;
import dev.keytrail.wire.shape.iam.ListRoleTagsRequest;
import dev.keytrail.wire.shape.iam.ListRoleTagsResponse;
import dev.keytrail.wire.shape.iam.ListUserTagsRequest;
import dev.keytrail.wire.shape.iam.ListUserTagsResponse;
import dev.keytrail.wire.shape.iam.Tag;
import dev.keytrail.wire.shape.iam.TagPolicyRequest;
import dev.keytrail.wire.shape.iam.TagRoleRequest;
import dev.keytrail.wire.shape.iam.TagUserRequest;
import dev.keytrail.wire.shape.iam.UntagPolicyRequest;
import dev.keytrail.wire.shape.iam.UntagRoleRequest;
import dev.keytrail.wire.shape.iam.UntagUserRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Tag, Untag and ListTags of users, roles and customer-managed policies. */
final class Tagging<E extends Tagged<E>> {
    /** How a row is found, with the permission asked for. */
    private interface Finder<E> {
        E permitted(Attempt attempt, String name, Consumer<ConditionContext.Builder> more);
    }

    private final String title;
    private final String nameMember;
    private final Finder<E> finder;
    private final Function<E, Change<?>> put;

    private Tagging(String title, String nameMember, Finder<E> finder, Function<E, Change<?>> put) {
        this.title = title;
        this.nameMember = nameMember;
        this.finder = finder;
        this.put = put;
    }

    private static <E extends Entity<E> & Tagged<E>> Tagging<E> of(Kind<E> kind, Permit permit) {
        return new Tagging<>(
                kind.title(),
                kind.nameMember(),
                (attempt, name, more) -> kind.permitted(attempt, permit, name, more),
                kind::put);
    }

    static List<Operation<?, ?>> rows(Permit permit) {
        var users = of(Kind.USER, permit);
        var roles = of(Kind.ROLE, permit);
        var policies = new Tagging<>(
                "Policy",
                "policyArn",
                (attempt, arn, more) -> CustomerPolicies.permitted(attempt, permit, arn, more),
                CustomerPolicies::put);
        List<Operation<?, ?>> rows = new ArrayList<>();
        rows.addAll(userRows(users));
        rows.addAll(roleRows(roles));
        rows.addAll(policyRows(policies));
        return rows;
    }

    private static List<Operation<?, ?>> userRows(Tagging<User> users) {
        return List.of(
                users.tag(TagUserRequest.class, TagUserRequest::userName, TagUserRequest::tags),
                users.untag(UntagUserRequest.class, UntagUserRequest::userName, UntagUserRequest::tagKeys),
                users.list(
                        ListUserTagsRequest.class,
                        ListUserTagsResponse.class,
                        ListUserTagsRequest::userName,
                        in -> new Paging(in.maxItems(), in.marker()),
                        page -> ListUserTagsResponse.builder()
                                .tags(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()));
    }

    private static List<Operation<?, ?>> roleRows(Tagging<Role> roles) {
        return List.of(
                roles.tag(TagRoleRequest.class, TagRoleRequest::roleName, TagRoleRequest::tags),
                roles.untag(UntagRoleRequest.class, UntagRoleRequest::roleName, UntagRoleRequest::tagKeys),
                roles.list(
                        ListRoleTagsRequest.class,
                        ListRoleTagsResponse.class,
                        ListRoleTagsRequest::roleName,
                        in -> new Paging(in.maxItems(), in.marker()),
                        page -> ListRoleTagsResponse.builder()
                                .tags(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()));
    }

    private static List<Operation<?, ?>> policyRows(Tagging<ManagedPolicy> policies) {
        return List.of(
                policies.tag(TagPolicyRequest.class, TagPolicyRequest::policyArn, TagPolicyRequest::tags),
                policies.untag(UntagPolicyRequest.class, UntagPolicyRequest::policyArn, UntagPolicyRequest::tagKeys),
                policies.list(
                        ListPolicyTagsRequest.class,
                        ListPolicyTagsResponse.class,
                        ListPolicyTagsRequest::policyArn,
                        in -> new Paging(in.maxItems(), in.marker()),
                        page -> ListPolicyTagsResponse.builder()
                                .tags(page.items())
                                .isTruncated(page.truncated())
                                .marker(page.marker())
                                .build()));
    }

    private <I> Operation<I, NoOutput> tag(Class<I> input, Function<I, String> name, Function<I, List<Tag>> tags) {
        return Rows.changing(
                Service.IAM,
                "Tag" + title,
                input,
                NoOutput.class,
                (attempt, in) -> tag(attempt, name.apply(in), TagLists.checked(tags.apply(in))),
                in -> Optional.of(facts(name.apply(in)).putAll("tags", TagLists.facts(tags.apply(in)))));
    }

    private Effect<NoOutput> tag(Attempt attempt, String name, Map<String, String> tags) {
        E found = finder.permitted(attempt, name, conditions -> TagLists.conditions(conditions, tags));
        Map<String, String> all = TagLists.merged(found.tags(), tags);
        if (all.size() > TagLists.TAGS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for TagsPer" + title + ": " + TagLists.TAGS_MAX);
        }
        return Effect.of(NoOutput.INSTANCE, put.apply(found.withTags(all)));
    }

    private <I> Operation<I, NoOutput> untag(Class<I> input, Function<I, String> name, Function<I, List<String>> keys) {
        return Rows.changing(
                Service.IAM,
                "Untag" + title,
                input,
                NoOutput.class,
                (attempt, in) -> untag(attempt, name.apply(in), keys.apply(in)),
                in -> Optional.of(facts(name.apply(in)).putStrings("tagKeys", keys.apply(in))));
    }

    private Effect<NoOutput> untag(Attempt attempt, String name, List<String> keys) {
        E found = finder.permitted(attempt, name, conditions -> conditions.putAll("aws:TagKeys", keys));
        return Effect.of(NoOutput.INSTANCE, put.apply(found.withTags(TagLists.without(found.tags(), keys))));
    }

    private <I, O> Operation<I, O> list(
            Class<I> input,
            Class<O> output,
            Function<I, String> name,
            Function<I, Paging> paging,
            Function<Pages.Page<Tag>, O> reply) {
        return Rows.reading(
                Service.IAM,
                "List" + title + "Tags",
                input,
                output,
                (attempt, in) -> {
                    E found = finder.permitted(attempt, name.apply(in), Permit.NOTHING_MORE);
                    return Effect.of(reply.apply(paging.apply(in).of(TagLists.shape(found.tags()))));
                },
                in -> Optional.of(paging.apply(in).shown(facts(name.apply(in)))));
    }

    private Facts facts(String name) {
        return Facts.facts().put(nameMember, name);
    }
}

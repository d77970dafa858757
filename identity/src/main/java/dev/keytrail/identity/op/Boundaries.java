package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Bounded;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.AttachedPermissionsBoundary;
import dev.keytrail.wire.shape.iam.DeleteRolePermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.DeleteUserPermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.PermissionsBoundaryAttachmentType;
import dev.keytrail.wire.shape.iam.PutRolePermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.PutUserPermissionsBoundaryRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Setting and removing the permissions boundaries of users and roles. */
final class Boundaries<E extends Entity<E> & Bounded<E>> {
    private final Kind<E> kind;
    private final Permit permit;

    private Boundaries(Kind<E> kind, Permit permit) {
        this.kind = kind;
        this.permit = permit;
    }

    static List<Operation<?, ?>> rows(Permit permit) {
        var users = new Boundaries<>(Kind.USER, permit);
        var roles = new Boundaries<>(Kind.ROLE, permit);
        return List.of(
                users.put(
                        PutUserPermissionsBoundaryRequest.class,
                        PutUserPermissionsBoundaryRequest::userName,
                        PutUserPermissionsBoundaryRequest::permissionsBoundary),
                users.delete(
                        DeleteUserPermissionsBoundaryRequest.class, DeleteUserPermissionsBoundaryRequest::userName),
                roles.put(
                        PutRolePermissionsBoundaryRequest.class,
                        PutRolePermissionsBoundaryRequest::roleName,
                        PutRolePermissionsBoundaryRequest::permissionsBoundary),
                roles.delete(
                        DeleteRolePermissionsBoundaryRequest.class, DeleteRolePermissionsBoundaryRequest::roleName));
    }

    /** As Get shows it. */
    static AttachedPermissionsBoundary shape(String arn) {
        return AttachedPermissionsBoundary.builder()
                .permissionsBoundaryArn(arn)
                .permissionsBoundaryType(PermissionsBoundaryAttachmentType.PermissionsBoundaryPolicy)
                .build();
    }

    /** As events show it. */
    static Facts facts(String arn) {
        return Facts.facts()
                .put("permissionsBoundaryType", "PermissionsBoundaryPolicy")
                .put("permissionsBoundaryArn", arn);
    }

    private <I> Operation<I, NoOutput> put(Class<I> input, Function<I, String> name, Function<I, String> boundary) {
        return Rows.changing(
                Service.IAM,
                "Put" + kind.title() + "PermissionsBoundary",
                input,
                NoOutput.class,
                (attempt, in) -> put(attempt, name.apply(in), boundary.apply(in)),
                in -> Optional.of(Facts.facts()
                        .put(kind.nameMember(), name.apply(in))
                        .put("permissionsBoundary", boundary.apply(in))));
    }

    private Effect<NoOutput> put(Attempt attempt, String name, String arn) {
        E entity = kind.permitted(attempt, permit, name, conditions -> conditions.put("iam:PermissionsBoundary", arn));
        Optional<Change<?>> counted = Attachments.boundarySet(attempt, arn);
        if (entity.boundary().equals(Optional.of(arn))) {
            return Effect.of(NoOutput.INSTANCE);
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(kind.put(entity.withBoundary(Optional.of(arn))));
        counted.ifPresent(changes::add);
        entity.boundary()
                .flatMap(old -> Attachments.boundaryRemoved(attempt, old))
                .ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }

    private <I> Operation<I, NoOutput> delete(Class<I> input, Function<I, String> name) {
        return Rows.changing(
                Service.IAM,
                "Delete" + kind.title() + "PermissionsBoundary",
                input,
                NoOutput.class,
                (attempt, in) -> delete(attempt, name.apply(in)),
                in -> Optional.of(Facts.facts().put(kind.nameMember(), name.apply(in))));
    }

    private Effect<NoOutput> delete(Attempt attempt, String name) {
        E entity = kind.permitted(attempt, permit, name);
        String arn = entity.boundary()
                .orElseThrow(() -> IamErrors.noSuchEntity("The " + kind.noun() + " with name " + entity.name()
                        + " does not have a permissions boundary."));
        List<Change<?>> changes = new ArrayList<>();
        changes.add(kind.put(entity.withBoundary(Optional.empty())));
        Attachments.boundaryRemoved(attempt, arn).ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }
}

package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.Guardrails;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.NoOutput;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * PutGuardrail, DeleteGuardrail and ListGuardrails, which AWS has in another service: what the principals of an account,
 * its root user included, may do at most. For principals of the operator's account, which no guardrail binds.
 */
public final class GuardrailRows {
    /** AWS's quotas of a service control policy. */
    private static final int CHARACTERS_MAX = 10_240;

    private static final int GUARDRAILS_MAX = 10;
    private static final String NAME = "[\\w+=,.@-]{1,128}";

    private final Permit permit;
    private final Documents documents;

    GuardrailRows(Permit permit, Documents documents) {
        this.permit = permit;
        this.documents = documents;
    }

    /** Sets or replaces one. */
    public record Put(Optional<String> accountId, Optional<String> name, Optional<String> document) {}

    public record Delete(Optional<String> accountId, Optional<String> name) {}

    public record ListAll(Optional<String> accountId) {}

    /** Documents by name. */
    public record Listed(Map<String, String> guardrails) {}

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.KEYTRAIL,
                        "PutGuardrail",
                        Put.class,
                        NoOutput.class,
                        this::put,
                        in -> Rows.shown(facts(in.accountId(), in.name()).put("document", in.document()))),
                Rows.changing(
                        Service.KEYTRAIL,
                        "DeleteGuardrail",
                        Delete.class,
                        NoOutput.class,
                        this::delete,
                        in -> Rows.shown(facts(in.accountId(), in.name()))),
                Rows.reading(
                        Service.KEYTRAIL,
                        "ListGuardrails",
                        ListAll.class,
                        Listed.class,
                        this::list,
                        in -> Rows.shown(facts(in.accountId(), Optional.empty()))));
    }

    private Effect<NoOutput> put(Attempt attempt, Put in) {
        Account account = permitted(attempt, in.accountId());
        String name =
                in.name().filter(text -> text.matches(NAME)).orElseThrow(() -> invalid("Name is missing or invalid"));
        String document = in.document().orElseThrow(() -> invalid("Document is missing"));
        if (account.operator()) {
            throw invalid("The operator's account cannot be bound: it must be able to lift what binds others.");
        }
        documents.requireIdentityPolicy(document);
        if (Documents.characters(document) > CHARACTERS_MAX) {
            throw invalid("Document must have at most " + CHARACTERS_MAX + " characters, white space not counted");
        }
        Guardrails changed = of(attempt, account).with(name, document);
        if (changed.documents().size() > GUARDRAILS_MAX) {
            throw invalid("An account can have at most " + GUARDRAILS_MAX + " guardrails");
        }
        return Effect.of(NoOutput.INSTANCE, Change.put(IdentityTables.GUARDRAILS, account.id(), changed));
    }

    private Effect<NoOutput> delete(Attempt attempt, Delete in) {
        Account account = permitted(attempt, in.accountId());
        String name = in.name().orElseThrow(() -> invalid("Name is missing"));
        Guardrails present = of(attempt, account);
        if (present.document(name).isEmpty()) {
            throw invalid("The account has no guardrail of that name");
        }
        Guardrails left = present.without(name);
        return Effect.of(
                NoOutput.INSTANCE,
                left.documents().isEmpty()
                        ? Change.delete(IdentityTables.GUARDRAILS, account.id())
                        : Change.put(IdentityTables.GUARDRAILS, account.id(), left));
    }

    private Effect<Listed> list(Attempt attempt, ListAll in) {
        return Effect.of(
                new Listed(of(attempt, permitted(attempt, in.accountId())).documents()));
    }

    private static Guardrails of(Attempt attempt, Account account) {
        return attempt.state().get(IdentityTables.GUARDRAILS, account.id()).orElse(Guardrails.NONE);
    }

    private Account permitted(Attempt attempt, Optional<String> accountId) {
        String id = accountId.orElseThrow(() -> invalid("AccountId is missing"));
        permit.demandOfOperator(attempt, "arn:aws:keytrail::" + attempt.call().account() + ":account/" + id);
        Account account = attempt.state()
                .get(IdentityTables.ACCOUNTS, id)
                .orElseThrow(() -> invalid("There is no account " + id));
        attempt.notes().resource(new Resource(id, "Keytrail::Account", "arn:aws:keytrail::" + id + ":account/" + id));
        return account;
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("ValidationException", message));
    }

    private static Facts facts(Optional<String> accountId, Optional<String> name) {
        return Facts.facts().put("accountId", accountId).put("name", name);
    }
}

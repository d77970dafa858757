package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.CreateUserRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Calls operations of a site, one after the other, and keeps what the last one's event would show. */
final class Calls {
    final Site site = new Site();
    final Caller admin = Caller.of(site.admin().principal(), site.adminKeyId());
    Notes notes = new Notes();
    Optional<Facts> shown = Optional.empty();

    /** Decides and commits. */
    <I, O> O run(Caller caller, String name, I input) {
        State state = site.read();
        Effect<O> effect = decide(state, caller, name, input);
        site.ledger.commit(state, effect.changes(), List.of());
        shown = effect.responseElements();
        return effect.reply();
    }

    @SuppressWarnings("unchecked")
    <I, O> Effect<O> decide(State state, Caller caller, String name, I input) {
        Operation<I, O> row = (Operation<I, O>) operation(name);
        Call call = new Call(
                "00000000-0000-4000-8000-000000000000",
                Site.NOW,
                row.service(),
                name,
                "us-east-1",
                caller,
                new Origin("127.0.0.1", Optional.empty(), "localhost", Optional.empty()));
        notes = new Notes();
        return row.handler().handle(new Attempt(call, state, notes), input);
    }

    <I> ApiError refused(Caller caller, String name, I input, String code, int status) {
        try {
            run(caller, name, input);
        } catch (Refused refused) {
            assertThat(refused.error().code()).isEqualTo(code);
            assertThat(refused.error().status()).isEqualTo(status);
            return refused.error();
        }
        throw new AssertionError(name + " was answered");
    }

    /** A user without key or policy, as a caller. */
    Caller create(String name) {
        run(admin, "CreateUser", CreateUserRequest.builder().userName(name).build());
        User user = site.user(name);
        return Caller.of(user.principal(), "AKIA" + name.toUpperCase(Locale.ROOT));
    }

    @SuppressWarnings("unchecked")
    <I> Facts parameters(String name, I input) {
        return ((Operation<I, ?>) operation(name))
                .requestParameters()
                .apply(input)
                .orElseThrow();
    }

    <T, R> R row(Table<T> table, String key, Function<T, R> part) {
        return part.apply(site.read().get(table, key).orElseThrow());
    }

    private Operation<?, ?> operation(String name) {
        return site.identity.rows().stream()
                .filter(r -> r.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}

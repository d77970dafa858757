package dev.keytrail.policy;

import dev.keytrail.call.NamedResource;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a decision stood on: the statements that decided, or all that were about the action and why they did not apply.
 * Complete in itself, so that it can be read when the policies have long changed.
 *
 * @param verdict what was decided
 * @param layer the kind of policy that denied or was silent; empty when allowed
 * @param circumstances what counted besides statements, in words
 * @param consulted the policies looked at, in the order of evaluation
 * @param left how many statements were left out because there were too many
 */
public record Grounds(
        Verdict verdict,
        Optional<String> layer,
        String action,
        String resource,
        List<String> circumstances,
        List<Consulted> consulted,
        int left)
        implements Explanation.Entry {
    /** Begins the compact form. */
    static final int KIND = 1;

    /** How a question was answered. */
    public enum Verdict {
        ALLOWED,
        /** A Deny statement applied. */
        DENIED,
        /** Nothing in a layer that must allow did. */
        NOT_ALLOWED
    }

    /**
     * One policy. Of a decision that allows, only statements that apply are kept.
     *
     * @param kind AWS's word, e.g. {@code identity-based policy}
     * @param name as in {@link NamedPolicy#name}
     */
    public record Consulted(String kind, String name, List<Examined> statements) {
        public Consulted {
            statements = List.copyOf(statements);
        }

        private String title() {
            return name.equals(kind) ? kind : kind + " " + name;
        }
    }

    /**
     * One statement about the action.
     *
     * @param number from 1
     * @param mismatch why it does not apply; empty when it does
     */
    public record Examined(int number, Optional<String> sid, boolean allow, Optional<Mismatch> mismatch) {
        private String line() {
            String effect = allow ? "Allow" : "Deny";
            return "statement " + number + sid.map(s -> " (" + s + ")").orElse("") + ": " + effect
                    + mismatch.map(m -> " does not apply: " + m.inWords()).orElse(" applies");
        }
    }

    /** Why a statement does not apply. */
    public sealed interface Mismatch {
        String inWords();

        /** It names others. */
        record OtherPrincipal(String caller) implements Mismatch {
            @Override
            public String inWords() {
                return "the principal is not " + caller;
            }
        }

        /** @param excluded whether NotResource names it, rather than Resource failing to */
        record OtherResource(String resource, boolean excluded) implements Mismatch {
            @Override
            public String inWords() {
                return "the resource " + resource + (excluded ? " is in NotResource" : " is not in Resource");
            }
        }

        /**
         * The first condition that does not hold.
         *
         * @param operator with qualifier and suffix, e.g. {@code ForAnyValue:StringLike}
         * @param wanted shortened
         * @param actual shortened; empty when the key is absent
         */
        record ConditionFails(String operator, String key, List<String> wanted, List<String> actual)
                implements Mismatch {
            @Override
            public String inWords() {
                return "condition " + operator + " on " + key + ": wanted " + wanted + ", actual "
                        + (actual.isEmpty() ? "absent" : actual);
            }
        }
    }

    public Grounds {
        circumstances = List.copyOf(circumstances);
        consulted = List.copyOf(consulted);
    }

    public boolean allowed() {
        return verdict == Verdict.ALLOWED;
    }

    /** AWS's reason clause; empty when allowed. */
    public Optional<String> because() {
        return layer.flatMap(Layer::named)
                .map(kind -> verdict == Verdict.DENIED ? kind.denies() : kind.missing(action));
    }

    @Override
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add((allowed() ? "allowed" : "denied")
                + because().map(b -> " " + b).orElse("") + ": " + action + " on " + resource);
        tell(lines);
        return lines;
    }

    /** All but the headline. */
    void tell(List<String> lines) {
        lines.addAll(circumstances);
        for (Consulted policy : consulted) {
            if (policy.statements().isEmpty()) {
                lines.add(policy.title() + ": no statement is about " + action);
            }
            policy.statements().forEach(statement -> lines.add(policy.title() + ", " + statement.line()));
        }
        if (left > 0) {
            lines.add(left + " more");
        }
    }

    void write(RowWriter out, List<NamedResource> resources) {
        out.number(KIND).number(verdict.ordinal());
        out.number(layer.flatMap(Layer::named).map(Layer::ordinal).orElse(-1)).text(action);
        int at = 0;
        while (at < resources.size() && !resources.get(at).name().equals(resource)) {
            at++;
        }
        if (at < resources.size()) {
            out.number(at);
        } else {
            out.number(-1).text(resource);
        }
        out.texts(circumstances);
        out.list(consulted, (policy, to) -> {
            to.number(Layer.named(policy.kind()).map(Layer::ordinal).orElse(-1)).text(policy.name());
            to.list(policy.statements(), Grounds::write);
        });
        out.number(left);
    }

    private static void write(Examined statement, RowWriter out) {
        out.number(statement.number()).optionalText(statement.sid()).flag(statement.allow());
        if (statement.mismatch().isEmpty()) {
            out.number(0);
            return;
        }
        switch (statement.mismatch().get()) {
            case Mismatch.OtherPrincipal(String caller) -> out.number(1).text(caller);
            case Mismatch.OtherResource(String resource, boolean excluded) ->
                out.number(2).text(resource).flag(excluded);
            case Mismatch.ConditionFails(String operator, String key, List<String> wanted, List<String> actual) ->
                out.number(3).text(operator).text(key).texts(wanted).texts(actual);
        }
    }

    /** Behind the kind. */
    static Grounds read(RowReader in, List<NamedResource> resources) {
        Verdict verdict = Verdict.values()[in.integer()];
        Optional<String> layer = layer(in.integer());
        String action = in.text();
        int at = in.integer();
        String resource = at < 0 ? in.text() : resources.get(at).name();
        List<String> circumstances = in.texts();
        List<Consulted> consulted = in.list(each ->
                new Consulted(layer(each.integer()).orElse("policy"), each.text(), each.list(Grounds::readStatement)));
        return new Grounds(verdict, layer, action, resource, circumstances, consulted, in.integer());
    }

    private static Optional<String> layer(int ordinal) {
        return ordinal < 0 ? Optional.empty() : Optional.of(Layer.values()[ordinal].noun());
    }

    private static Examined readStatement(RowReader in) {
        int number = in.integer();
        Optional<String> sid = in.optionalText();
        boolean allow = in.flag();
        Optional<Mismatch> mismatch = switch (in.integer()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(new Mismatch.OtherPrincipal(in.text()));
            case 2 -> Optional.of(new Mismatch.OtherResource(in.text(), in.flag()));
            case 3 -> Optional.of(new Mismatch.ConditionFails(in.text(), in.text(), in.texts(), in.texts()));
            default -> throw new IllegalArgumentException("mismatch of unknown kind");
        };
        return new Examined(number, sid, allow, mismatch);
    }
}

package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The guardrails of an account: policies like AWS's service control policies, which the operator sets and nobody in the
 * account can lift. They bind its root user too.
 *
 * @param documents by name, in the order of names
 */
public record Guardrails(Map<String, String> documents) {
    static final RowCodec<Guardrails> CODEC = RowCodec.of(Guardrails::write, Guardrails::read);

    public static final Guardrails NONE = new Guardrails(Map.of());

    public Guardrails {
        documents = Collections.unmodifiableMap(new TreeMap<>(documents));
    }

    public Guardrails with(String name, String document) {
        Map<String, String> changed = new TreeMap<>(documents);
        changed.put(name, document);
        return new Guardrails(changed);
    }

    public Guardrails without(String name) {
        Map<String, String> changed = new TreeMap<>(documents);
        changed.remove(name);
        return new Guardrails(changed);
    }

    public Optional<String> document(String name) {
        return Optional.ofNullable(documents.get(name));
    }

    private void write(RowWriter out) {
        out.version(1).texts(documents);
    }

    private static Guardrails read(RowReader in) {
        in.version(1);
        return new Guardrails(in.textMap());
    }
}

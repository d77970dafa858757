package dev.keytrail.identity.directory;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The permissions policies of a user, group or role.
 *
 * @param managed ARNs of managed policies in the order attached
 * @param inline documents by policy name, in the order of names
 */
public record AttachedPolicies(List<String> managed, Map<String, String> inline) {
    public static final AttachedPolicies NONE = new AttachedPolicies(List.of(), Map.of());

    public AttachedPolicies {
        managed = List.copyOf(managed);
        inline = Collections.unmodifiableMap(new TreeMap<>(inline));
    }

    public boolean isEmpty() {
        return managed.isEmpty() && inline.isEmpty();
    }

    public Optional<String> document(String policyName) {
        return Optional.ofNullable(inline.get(policyName));
    }

    public AttachedPolicies withInline(String policyName, String document) {
        TreeMap<String, String> changed = new TreeMap<>(inline);
        changed.put(policyName, document);
        return new AttachedPolicies(managed, changed);
    }

    public AttachedPolicies withoutInline(String policyName) {
        TreeMap<String, String> changed = new TreeMap<>(inline);
        changed.remove(policyName);
        return new AttachedPolicies(managed, changed);
    }

    public AttachedPolicies with(String arn) {
        List<String> changed = new ArrayList<>(managed);
        if (!changed.contains(arn)) {
            changed.add(arn);
        }
        return new AttachedPolicies(changed, inline);
    }

    public AttachedPolicies without(String arn) {
        List<String> changed = new ArrayList<>(managed);
        changed.remove(arn);
        return new AttachedPolicies(changed, inline);
    }

    static void write(AttachedPolicies policies, RowWriter out) {
        out.texts(policies.managed).texts(policies.inline);
    }

    static AttachedPolicies read(RowReader in) {
        return new AttachedPolicies(in.texts(), in.textMap());
    }
}

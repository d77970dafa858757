package dev.keytrail.identity.directory;

import java.util.Map;

/** A row with tags of its own. Keys are unique without case. */
public interface Tagged<E extends Tagged<E>> {
    Map<String, String> tags();

    E withTags(Map<String, String> changed);
}

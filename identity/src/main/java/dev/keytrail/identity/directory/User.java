package dev.keytrail.identity.directory;

import dev.keytrail.call.Principal;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An IAM user.
 *
 * @param id {@code AIDA...}; a user deleted and made again has a new one
 * @param path {@code /} or {@code /.../}
 * @param boundary ARN of the permissions boundary
 * @param groups names of the groups it is in
 * @param accessKeys ids of its access keys, two at most
 * @param mfaDevices ARNs of the devices enabled for it
 * @param passwordLastUsed when it last signed in by password
 */
public record User(
        String account,
        String id,
        String path,
        String name,
        Instant created,
        Map<String, String> tags,
        Optional<String> boundary,
        AttachedPolicies policies,
        List<String> groups,
        List<String> accessKeys,
        Optional<LoginProfile> login,
        List<String> mfaDevices,
        Optional<Instant> passwordLastUsed)
        implements Entity<User>, Tagged<User>, Bounded<User> {
    static final RowCodec<User> CODEC = RowCodec.of(User::write, User::read);

    public User {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        groups = List.copyOf(groups);
        accessKeys = List.copyOf(accessKeys);
        mfaDevices = List.copyOf(mfaDevices);
    }

    /** One that is new: without policies, groups, keys, password and devices. */
    public static User of(
            String account,
            String id,
            String path,
            String name,
            Instant created,
            Map<String, String> tags,
            Optional<String> boundary) {
        return new User(
                account,
                id,
                path,
                name,
                created,
                tags,
                boundary,
                AttachedPolicies.NONE,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(),
                Optional.empty());
    }

    @Override
    public String arn() {
        return principal().arn();
    }

    public Principal.User principal() {
        return new Principal.User(account, id, path, name);
    }

    @Override
    public User withPolicies(AttachedPolicies changed) {
        return with(draft -> draft.policies = changed);
    }

    public User withAccessKeys(List<String> changed) {
        return with(draft -> draft.accessKeys = changed);
    }

    @Override
    public User withTags(Map<String, String> changed) {
        return with(draft -> draft.tags = changed);
    }

    @Override
    public User withBoundary(Optional<String> changed) {
        return with(draft -> draft.boundary = changed);
    }

    public User withGroups(List<String> changed) {
        return with(draft -> draft.groups = changed);
    }

    public User withLogin(Optional<LoginProfile> changed) {
        return with(draft -> draft.login = changed);
    }

    public User withMfaDevices(List<String> changed) {
        return with(draft -> draft.mfaDevices = changed);
    }

    public User withPasswordLastUsed(Instant at) {
        return with(draft -> draft.passwordLastUsed = Optional.of(at));
    }

    /** The same user under another name or path. */
    public User renamed(String newPath, String newName) {
        return with(draft -> {
            draft.path = newPath;
            draft.name = newName;
        });
    }

    private User with(Consumer<Draft> change) {
        Draft draft = new Draft();
        change.accept(draft);
        return draft.user();
    }

    /** This user, while a copy with other members is made. */
    private final class Draft {
        private String path = User.this.path;
        private String name = User.this.name;
        private Map<String, String> tags = User.this.tags;
        private Optional<String> boundary = User.this.boundary;
        private AttachedPolicies policies = User.this.policies;
        private List<String> groups = User.this.groups;
        private List<String> accessKeys = User.this.accessKeys;
        private Optional<LoginProfile> login = User.this.login;
        private List<String> mfaDevices = User.this.mfaDevices;
        private Optional<Instant> passwordLastUsed = User.this.passwordLastUsed;

        User user() {
            return new User(
                    account,
                    id,
                    path,
                    name,
                    created,
                    tags,
                    boundary,
                    policies,
                    groups,
                    accessKeys,
                    login,
                    mfaDevices,
                    passwordLastUsed);
        }
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(id).text(path).text(name).instant(created);
        out.texts(tags).optionalText(boundary);
        AttachedPolicies.write(policies, out);
        out.texts(groups).texts(accessKeys).optional(login, LoginProfile::write).texts(mfaDevices);
        out.optional(passwordLastUsed, (at, to) -> to.instant(at));
    }

    private static User read(RowReader in) {
        in.version(1);
        return new User(
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.textMap(),
                in.optionalText(),
                AttachedPolicies.read(in),
                in.texts(),
                in.texts(),
                in.hasMore() ? in.optional(LoginProfile::read) : Optional.empty(),
                in.hasMore() ? in.texts() : List.of(),
                in.hasMore() ? in.optional(RowReader::instant) : Optional.empty());
    }
}

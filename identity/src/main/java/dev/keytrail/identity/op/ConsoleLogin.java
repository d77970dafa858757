package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.FollowUp;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.LoginProfile;
import dev.keytrail.identity.directory.MfaDevice;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.directory.User;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sign-in by password (cloudtrail.md K): ConsoleLogin, and CheckMfa where a right password asks for a code first. What is
 * wrong is told to nobody but the trail.
 */
final class ConsoleLogin {
    static final String NAME = "ConsoleLogin";

    private static final String LOGIN_TO = "https://console.aws.amazon.com/console/home";
    private static final int DESTINATION_CHARS_MAX = 2048;

    /** AWS's console sessions last so long. */
    private static final Duration LIFE = Duration.ofHours(12);

    private static final int SECONDS_MIN = 900;

    /** Of a user at one address. */
    private final Guesses guesses = new Guesses(Guesses.IN_A_ROW_MAX);

    /** Of a user at all addresses: many more, for whoever ends guessing also shuts the user out. */
    private final Guesses guessesAnywhere = new Guesses(100);

    private final Permit permit;
    private final PasswordWork passwords;
    private final Mfa mfa;
    private final SessionTokens tokens;

    ConsoleLogin(Permit permit, PasswordWork passwords, Mfa mfa, SessionTokens tokens) {
        this.permit = permit;
        this.passwords = passwords;
        this.mfa = mfa;
        this.tokens = tokens;
    }

    /** Who may sign in: a user, or the root user of an account. */
    private sealed interface Subject {
        String account();

        Principal principal();

        Optional<LoginProfile> login();

        List<String> mfaDevices();

        /** As the event shows somebody who has not proven to be it. */
        Caller claimed();

        /** As the event of a success shows it. */
        Caller proven();

        Change<?> signedIn(Instant now, Optional<LoginProfile> changed);
    }

    private record OfUser(User user) implements Subject {
        @Override
        public String account() {
            return user.account();
        }

        @Override
        public Principal principal() {
            return user.principal();
        }

        @Override
        public Optional<LoginProfile> login() {
            return user.login();
        }

        @Override
        public List<String> mfaDevices() {
            return user.mfaDevices();
        }

        @Override
        public Caller claimed() {
            return caller(new Principal.Claimed(user.account(), Optional.of(user.id()), user.name()), Optional.empty());
        }

        @Override
        public Caller proven() {
            return caller(user.principal(), Optional.empty());
        }

        @Override
        public Change<?> signedIn(Instant now, Optional<LoginProfile> changed) {
            return Kind.USER.put(user.withLogin(changed).withPasswordLastUsed(now));
        }
    }

    private record OfRoot(Account row) implements Subject {
        @Override
        public String account() {
            return row.id();
        }

        @Override
        public Principal principal() {
            return new Principal.Root(row.id());
        }

        @Override
        public Optional<LoginProfile> login() {
            return row.rootLogin();
        }

        @Override
        public List<String> mfaDevices() {
            return row.rootMfaDevices();
        }

        @Override
        public Caller claimed() {
            return caller(principal(), Optional.of(""));
        }

        @Override
        public Caller proven() {
            return claimed();
        }

        @Override
        public Change<?> signedIn(Instant now, Optional<LoginProfile> changed) {
            return Accounts.put(row.withRootLogin(changed).withRootPasswordLastUsed(now));
        }
    }

    private static Caller caller(Principal principal, Optional<String> accessKeyId) {
        return new Caller(principal, accessKeyId, Optional.empty(), Optional.empty());
    }

    Effect<SignIn.Reply> run(Attempt attempt, SignIn.Login in) {
        String destination = destination(in);
        note(attempt, destination, in.code().isPresent(), Optional.empty());
        Subject subject = subject(attempt, in);
        Caller claimed = subject.claimed();
        attempt.notes().caller(claimed);
        requirePassword(attempt, subject, in.password());
        Optional<MfaDevice> used = Optional.empty();
        if (!subject.mfaDevices().isEmpty()) {
            if (in.code().isEmpty()) {
                return askForCode(attempt, subject);
            }
            used = Optional.of(used(attempt, subject, in));
        } else if (in.code().isPresent()) {
            throw failed();
        }
        note(attempt, destination, used.isPresent(), used.map(MfaDevice::arn));
        return signedIn(attempt, subject, in, used, destination);
    }

    private static void note(Attempt attempt, String destination, boolean mfaUsed, Optional<String> device) {
        attempt.notes()
                .additional(Facts.facts()
                        .put("LoginTo", destination)
                        .put("MobileVersion", "No")
                        .put("MFAIdentifier", device)
                        .put("MFAUsed", mfaUsed ? "Yes" : "No"));
    }

    private static String destination(SignIn.Login in) {
        String destination = in.destination().orElse(LOGIN_TO);
        if (destination.length() > DESTINATION_CHARS_MAX) {
            throw SignIn.invalid("destination has more than " + DESTINATION_CHARS_MAX + " characters");
        }
        return destination;
    }

    private Subject subject(Attempt attempt, SignIn.Login in) {
        Optional<Account> account = in.account().flatMap(name -> Accounts.named(attempt.state(), name));
        if (account.isEmpty()) {
            passwords.matchesNothing(in.password());
            attempt.notes().because("there is no account of that number or alias");
            throw failed();
        }
        if (in.userName().isEmpty()) {
            return new OfRoot(account.get());
        }
        String id = account.get().id();
        Optional<User> user = attempt.state()
                .get(IdentityTables.USERS, IdentityTables.key(id, in.userName().get()));
        if (user.isEmpty()) {
            // A person may have typed a password there.
            attempt.notes()
                    .caller(caller(
                            new Principal.Claimed(id, Optional.empty(), "HIDDEN_DUE_TO_SECURITY_REASONS"),
                            Optional.empty()));
            passwords.matchesNothing(in.password());
            throw failed("No username found in supplied account");
        }
        return new OfUser(user.get());
    }

    private void requirePassword(Attempt attempt, Subject subject, Secret password) {
        Instant now = attempt.call().receivedAt();
        String anywhere = subject.principal().id();
        String here = anywhere + " " + attempt.call().origin().sourceIp();
        if (guesses.ended(here, now) || guessesAnywhere.ended(anywhere, now)) {
            attempt.notes().because("too many wrong passwords in a row: this one was not looked at");
            throw failed();
        }
        boolean right = subject.login()
                .map(login -> passwords.matches(password, login.passwordHash()))
                .orElseGet(() -> passwords.matchesNothing(password));
        if (!right) {
            guesses.wrong(here, now);
            guessesAnywhere.wrong(anywhere, now);
            attempt.notes().because(subject.login().isPresent() ? "the password is wrong" : "there is no password");
            throw failed();
        }
        guesses.right(here);
        guessesAnywhere.right(anywhere);
    }

    /** The password is right, so it is no secret any more that there are devices. */
    private static Effect<SignIn.Reply> askForCode(Attempt attempt, Subject subject) {
        String type = subject.mfaDevices().size() > 1 ? "Multiple MFA Devices" : "Virtual MFA";
        attempt.notes().operation("CheckMfa");
        attempt.notes().additional(Facts.facts().put("MfaType", type));
        return Effect.<SignIn.Reply>of(new SignIn.Reply.MfaRequired(type))
                .showing(Facts.facts().put("CheckMfa", "Success"));
    }

    private MfaDevice used(Attempt attempt, Subject subject, SignIn.Login in) {
        Instant now = attempt.call().receivedAt();
        for (String arn : subject.mfaDevices()) {
            Optional<MfaDevice> device =
                    in.serialNumber().isEmpty() || in.serialNumber().get().equals(arn)
                            ? Mfa.find(attempt.state(), subject.account(), arn)
                            : Optional.empty();
            if (device.isPresent()
                    && mfa.judge(device.get(), in.code().orElse(""), now) instanceof Mfa.Judged.Good(long step)) {
                return device.get().withLastStep(step);
            }
        }
        attempt.notes().because("no device of the user has that code now, unused");
        throw failed();
    }

    private Effect<SignIn.Reply> signedIn(
            Attempt attempt, Subject subject, SignIn.Login in, Optional<MfaDevice> used, String destination) {
        Instant now = attempt.call().receivedAt();
        Session session = session(now, in, used.isPresent());
        LoginProfile login = subject.login().orElseThrow();
        Optional<LoginProfile> changed = changed(attempt, subject, login, in, session);
        SessionTokens.Issued issued = tokens.issue(subject.principal(), session);
        attempt.notes().caller(subject.proven());
        List<Change<?>> changes = new ArrayList<>();
        changes.add(subject.signedIn(now, Optional.of(changed.orElse(login))));
        used.ifPresent(device -> changes.add(Mfa.put(device)));
        SignIn.Reply reply = new SignIn.Reply.SignedIn(
                issued,
                session.expiresAt(),
                subject.account(),
                subject.principal().arn(),
                destination);
        Effect<SignIn.Reply> effect =
                Effect.of(reply, changes).showing(Facts.facts().put(NAME, "Success"));
        return changed.isEmpty()
                ? effect
                : effect.andThen(passwordChanged(new Caller(
                        subject.principal(),
                        Optional.of(issued.accessKeyId()),
                        Optional.of(session),
                        Optional.empty())));
    }

    private static Session session(Instant now, SignIn.Login in, boolean mfaUsed) {
        long seconds = in.durationSeconds().orElse((int) LIFE.toSeconds());
        if (seconds < SECONDS_MIN || seconds > LIFE.toSeconds()) {
            throw SignIn.invalid("duration must be " + SECONDS_MIN + " to " + LIFE.toSeconds() + " seconds");
        }
        return Session.of(now, now.plusSeconds(seconds)).withMfa(mfaUsed).fromConsole(true);
    }

    /** The profile with another password, where that is due: the user must be allowed to change it, as at AWS. */
    private Optional<LoginProfile> changed(
            Attempt attempt, Subject subject, LoginProfile login, SignIn.Login in, Session session) {
        if (!login.resetRequired()) {
            if (in.newPassword().isPresent()) {
                throw SignIn.invalid("new_password is for passwords that must be changed at sign-in");
            }
            return Optional.empty();
        }
        Secret fresh = in.newPassword()
                .orElseThrow(() -> new Refused(ApiError.of(
                        "PasswordResetRequired", 403, "The password must be changed: give new_password too")));
        permit.demandAs(
                attempt,
                new Caller(subject.principal(), Optional.empty(), Optional.of(session), Optional.empty()),
                "iam:ChangePassword",
                subject.principal().arn());
        if (passwords.matches(fresh, login.passwordHash())) {
            throw PasswordWork.violation("The new password must not be the old one");
        }
        return Optional.of(new LoginProfile(login.created(), false, passwords.hashed(fresh)));
    }

    private static FollowUp passwordChanged(Caller caller) {
        return new FollowUp(
                "ChangePassword",
                "us-east-1",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(new FollowUp.Beside(Service.IAM, caller, false, Optional.empty())));
    }

    private static Refused failed() {
        return failed("Failed authentication");
    }

    private static Refused failed(String recorded) {
        return new Refused(ApiError.of(SignIn.FAILED, 403, recorded));
    }
}

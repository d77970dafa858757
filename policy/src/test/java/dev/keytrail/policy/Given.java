package dev.keytrail.policy;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Builds accesses for tests: a caller, its policies, a resource. */
final class Given {
    static final String ACCOUNT = "111122223333";
    static final String OTHER_ACCOUNT = "444455556666";
    static final String KEY = "arn:aws:kms:us-east-1:" + ACCOUNT + ":key/1234abcd-12ab-34cd-56ef-1234567890ab";
    static final Principal.Root ROOT = new Principal.Root(ACCOUNT);
    static final Principal.User ALICE = new Principal.User(ACCOUNT, "AIDAALICEALICEALICE01", "/team/", "alice");
    static final Principal.RoleSession ROLE =
            new Principal.RoleSession(ACCOUNT, "AROAROLEROLEROLEROL01", "/app/", "Worker", "job-7");
    static final Principal.FederatedUser FEDERATED = new Principal.FederatedUser(ACCOUNT, "guest", ALICE);
    static final Principal.User STRANGER = new Principal.User(OTHER_ACCOUNT, "AIDASTRANGERSTRANGE01", "/", "bob");
    static final String DEFAULT_KEY_POLICY = """
            {"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions",\
            "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}""";
    static final String ALLOW_ALL = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";
    static final String DENY_ALL = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}""";
    /** Allows something else. */
    static final String ALLOW_NOTHING = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}""";

    /** Denies something else. */
    static final String DENY_NOTHING = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sns:Publish","Resource":"*"}]}""";

    private final Caller caller;
    private String action = "kms:Encrypt";
    private String resource = KEY;
    private Access.Rules rules = Access.Rules.KEY;
    private ConditionContext context = ConditionContext.EMPTY;
    private final List<NamedPolicy> identity = new ArrayList<>();
    private Optional<NamedPolicy> boundary = Optional.empty();
    private final List<NamedPolicy> session = new ArrayList<>();
    private boolean restricted;
    private final List<NamedPolicy> guardrails = new ArrayList<>();
    private Optional<NamedPolicy> resourcePolicy = Optional.empty();
    private boolean grant;

    private Given(Caller caller) {
        this.caller = caller;
    }

    static Given caller(Principal principal) {
        return principal instanceof Principal.ServicePrincipal(String name)
                ? new Given(Caller.service(name))
                : new Given(new Caller(principal, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    static Given caller(Caller caller) {
        return new Given(caller);
    }

    Given action(String value) {
        action = value;
        return this;
    }

    Given resource(String value) {
        resource = value;
        return this;
    }

    Given rules(Access.Rules value) {
        rules = value;
        return this;
    }

    Given context(ConditionContext value) {
        context = value;
        return this;
    }

    Given identity(String... documents) {
        for (String document : documents) {
            identity.add(named("identity " + identity.size(), document, Policy.Kind.IDENTITY));
        }
        return this;
    }

    Given identity(NamedPolicy policy) {
        identity.add(policy);
        return this;
    }

    Given boundary(String document) {
        boundary = Optional.of(named("boundary", document, Policy.Kind.IDENTITY));
        return this;
    }

    Given session(String... documents) {
        restricted = true;
        for (String document : documents) {
            session.add(named("session " + session.size(), document, Policy.Kind.IDENTITY));
        }
        return this;
    }

    Given guardrail(String document) {
        guardrails.add(named("guardrail " + guardrails.size(), document, Policy.Kind.IDENTITY));
        return this;
    }

    Given resourcePolicy(String document) {
        resourcePolicy = Optional.of(named("key policy", document, Policy.Kind.KEY));
        return this;
    }

    Given resourcePolicy(NamedPolicy policy) {
        resourcePolicy = Optional.of(policy);
        return this;
    }

    Given grant() {
        grant = true;
        return this;
    }

    Access access() {
        return new Access(
                caller,
                action,
                resource,
                ACCOUNT,
                context,
                new CallerPolicies(identity, boundary, session, restricted, guardrails),
                rules,
                resourcePolicy,
                grant);
    }

    Decision decision() {
        return new Authorizer().decide(access());
    }

    static NamedPolicy named(String name, String document, Policy.Kind kind) {
        return new NamedPolicy(name, Policy.parse(document, kind));
    }

    /** A key policy with one statement for the given principal element. */
    static String keyPolicy(String effect, String principalElement) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" + effect + "\"," + principalElement
                + ",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}";
    }
}

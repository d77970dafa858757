package dev.keytrail.server;

import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * How custody stands, as a server's answer tells it to the command.
 *
 * @param given numbers of the shares that a sealed server has been given
 * @param newShares to hand out; whoever reads them closes them
 */
record CustodyAnswer(
        boolean sealed, String provider, long epoch, long threshold, List<Long> given, List<Secret> newShares) {
    private static final JsonFactory JSON = new JsonFactory();

    CustodyAnswer {
        given = List.copyOf(given);
        newShares = List.copyOf(newShares);
    }

    /** @throws OperatorError when it is no such answer */
    static CustodyAnswer parse(String text) {
        boolean sealed = false;
        String provider = "";
        long epoch = 0;
        long threshold = 1;
        List<Long> given = new ArrayList<>();
        List<Secret> shares = new ArrayList<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            require(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "Sealed" -> sealed = json.getBooleanValue();
                    case "Provider" -> provider = json.getString();
                    case "Epoch" -> epoch = json.getLongValue();
                    case "Threshold" -> threshold = json.getLongValue();
                    case "SharesGiven" -> {
                        while (json.nextToken() != JsonToken.END_ARRAY) {
                            given.add(json.getLongValue());
                        }
                    }
                    case "NewShares" -> {
                        while (json.nextToken() != JsonToken.END_ARRAY) {
                            shares.add(Secret.adopt(json.getString().getBytes(StandardCharsets.US_ASCII)));
                        }
                    }
                    // A newer server may tell more.
                    default -> json.skipChildren();
                }
            }
            require(json.currentToken() == JsonToken.END_OBJECT);
        } catch (JacksonException _) {
            require(false);
        }
        return new CustodyAnswer(sealed, provider, epoch, threshold, given, shares);
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new OperatorError("the server's answer cannot be understood: is it a Keytrail?");
        }
    }

    /** For a person: what is still missing. */
    String progress() {
        if (!sealed) {
            return "open";
        }
        String numbers = given.isEmpty()
                ? ""
                : " (" + String.join(", ", given.stream().map(String::valueOf).toList()) + ")";
        return provider.equals("shares")
                ? "sealed: " + given.size() + " of " + threshold + " shares given" + numbers
                : "sealed: waits for the " + (provider.equals("token") ? "token's PIN" : provider);
    }
}

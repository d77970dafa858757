package dev.keytrail.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.util.List;

/**
 * Any bytes are decoded or refused, never anything else. Without a fuzzing engine the kept inputs run; with
 * {@code JAZZER_FUZZ=1} it searches.
 */
class DecodeFuzzTest {
    private static final List<OperationModel> JSON = List.of(
            operation(Service.KMS, "Encrypt"),
            operation(Service.KMS, "CreateKey"),
            operation(Service.KMS, "ImportKeyMaterial"),
            operation(Service.CLOUDTRAIL, "PutEventSelectors"),
            operation(Service.CLOUDTRAIL, "CreateDashboard"),
            operation(Service.CLOUDTRAIL, "LookupEvents"));

    private static final List<OperationModel> QUERY = List.of(
            operation(Service.STS, "AssumeRole"),
            operation(Service.IAM, "CreateRole"),
            operation(Service.SNS, "Publish"));

    @FuzzTest(maxDuration = "30s")
    void json_anyBytes_areDecodedOrRefused(byte[] data) {
        for (OperationModel operation : JSON) {
            try {
                operation.decodeJson(data, data.length);
            } catch (Refused e) {
                requireTold(e);
            }
        }
    }

    @FuzzTest(maxDuration = "30s")
    void form_anyBytes_areDecodedOrRefused(byte[] data) {
        for (OperationModel operation : QUERY) {
            try {
                operation.decodeQuery(FormParameters.parse(data, data.length));
            } catch (Refused e) {
                requireTold(e);
            }
        }
    }

    private static void requireTold(Refused refused) {
        if (refused.error().status() != 400 || refused.error().message().isEmpty()) {
            throw new AssertionError("refused without saying why: " + refused.error());
        }
    }

    private static OperationModel operation(Service service, String name) {
        return Wire.model(service).operation(name).orElseThrow();
    }
}

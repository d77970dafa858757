package dev.keytrail.shapegen;

/** Java sources that a service has once: its package's page and its patterns. */
final class ServiceSource {
    private ServiceSource() {}

    static String packageInfo(ServiceShapes shapes) {
        Lines out = new Lines();
        out.line("/**");
        out.line(" * Structures and enumerations of " + shapes.metadata("serviceFullName") + " (API version "
                + shapes.metadata("apiVersion") + "), generated from its");
        out.line(
                " * service model. Immutable; made with their builders. What a request must have is a plain component, all else");
        out.line(" * {@code Optional}.");
        out.line(" */");
        out.line("@NullMarked");
        out.line("package " + shapes.packageName() + ";");
        out.line("");
        out.line("import org.jspecify.annotations.NullMarked;");
        return out.toString();
    }
}

package dev.keytrail.sim;

/** Somebody who can call. {@code name} is for step lists. */
record Login(String name, String account, String accessKeyId, String secret) {
    @Override
    public String toString() {
        return name;
    }
}

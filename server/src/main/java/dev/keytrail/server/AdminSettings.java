package dev.keytrail.server;

import java.util.Map;
import java.util.Optional;

/**
 * The settings of watching: the admin port with metrics and health, which has no secrets and no data of accounts, and takes no
 * credentials.
 *
 * @param port none: there is no admin port; 0: a free one
 * @param diskLowBytes with less room than this the health page says so
 */
record AdminSettings(String host, Optional<Integer> port, long diskLowBytes) {
    static final String PORT = "admin.port";
    private static final String HOST = "admin.host";
    private static final String INSECURE = "admin.insecure-http";
    private static final String DISK_LOW = "health.disk-low";
    private static final int MEBI_SHIFT = 20;

    static void defaults(Map<String, String> all) {
        all.put(HOST, "127.0.0.1");
        all.put(PORT, "none");
        all.put(INSECURE, "false");
        all.put(DISK_LOW, "1024");
    }

    static AdminSettings parse(Map<String, String> values) {
        String host = Settings.text(values, HOST);
        if (!Settings.isLoopback(host) && !Settings.flag(values, INSECURE)) {
            throw new IllegalArgumentException(HOST + " " + host
                    + " is not loopback, and the admin port speaks plain HTTP to anybody: say --set " + INSECURE
                    + "=true if you mean it.");
        }
        Optional<Integer> port = Settings.text(values, PORT).equals("none")
                ? Optional.empty()
                : Optional.of((int) Settings.number(values, PORT, 0, 65535));
        return new AdminSettings(host, port, Settings.number(values, DISK_LOW, 0, 1L << 40) << MEBI_SHIFT);
    }
}

package dev.keytrail.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory, threads and files of this process, under the names that Prometheus' own clients give them. */
final class ProcessMetrics {
    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;
    private static final long PAGE_BYTES = 4096;
    private static final Path STATM = Path.of("/proc/self/statm");

    private ProcessMetrics() {}

    static void write(Exposition out) {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        memory("used", "Bytes in use.", out, memory, MemoryUsage::getUsed);
        memory("committed", "Bytes taken of the machine.", out, memory, MemoryUsage::getCommitted);
        memory("max", "Bytes that it may take; -1: no bound of its own.", out, memory, MemoryUsage::getMax);
        Exposition.Family buffers = out.gauge("jvm_buffer_pool_used_bytes", "Bytes of buffers outside the heap.");
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            buffers.sample(Math.max(0, pool.getMemoryUsed()), "pool", pool.getName());
        }
        var collectors = ManagementFactory.getGarbageCollectorMXBeans();
        Exposition.Family pauses = out.counter("jvm_gc_collections_total", "Garbage collections.");
        for (GarbageCollectorMXBean collector : collectors) {
            pauses.sample(Math.max(0, collector.getCollectionCount()), "gc", collector.getName());
        }
        Exposition.Family seconds = out.counter("jvm_gc_seconds_total", "Time in garbage collections.");
        for (GarbageCollectorMXBean collector : collectors) {
            seconds.sample(Math.max(0, collector.getCollectionTime()) / MILLIS, "gc", collector.getName());
        }
        out.gauge("jvm_threads_current", "Threads of the system's; virtual ones are not counted.")
                .sample(ManagementFactory.getThreadMXBean().getThreadCount());
        out.gauge("process_start_time_seconds", "When the process began, as Unix time.")
                .sample(ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            out.counter("process_cpu_seconds_total", "Processor time, of user and system.")
                    .sample(Math.max(0, system.getProcessCpuTime()) / NANOS);
            out.gauge("process_open_fds", "Open file descriptors.").sample(system.getOpenFileDescriptorCount());
            out.gauge("process_max_fds", "As many file descriptors there may be.")
                    .sample(system.getMaxFileDescriptorCount());
        }
        resident(out);
    }

    private interface Part {
        long of(MemoryUsage usage);
    }

    private static void memory(String what, String help, Exposition out, MemoryMXBean memory, Part part) {
        out.gauge("jvm_memory_" + what + "_bytes", help)
                .sample(part.of(memory.getHeapMemoryUsage()), "area", "heap")
                .sample(part.of(memory.getNonHeapMemoryUsage()), "area", "nonheap");
    }

    /** Linux alone; elsewhere the metric is not there. */
    private static void resident(Exposition out) {
        try {
            String[] pages = Files.readString(STATM).split(" ", 3);
            out.gauge("process_resident_memory_bytes", "Memory that is resident.")
                    .sample(Long.parseLong(pages[1]) * (double) PAGE_BYTES);
        } catch (IOException | RuntimeException _) {
            // No such file here.
        }
    }
}

import org.graalvm.polyglot.Engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * Finishes the distribution folder: unpacks what the languages would unpack at their first use, and makes one cache of
 * loaded classes for each class path that the launcher uses.
 *
 * <p>Run by the build with the class path of the whole program: {@code java -cp … MakeCaches.java FOLDER}.
 */
public final class MakeCaches {
    /** The time of all jars: the JVM compares it, so it must be one that a build can make again. */
    private static final long STAMP = 1_767_225_600L; // 2026-01-01T00:00:00Z

    /** The class file version of Java 8. */
    private static final int RAISED = 52;

    private final Path home;
    private final Path scratch;

    private MakeCaches(Path home) throws IOException {
        this.home = home.toAbsolutePath();
        this.scratch = Files.createTempDirectory("xenimage-training");
    }

    /** The argument is the distribution folder. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        new MakeCaches(Path.of(arguments[0])).run();
    }

    private void run() throws IOException, InterruptedException {
        raisePicocli();
        removeSignatures();
        run(List.of("core"), "org.xenimage.cli.DistributionFiles", List.of(home.toString()));
        recordJars();
        delete(home.resolve("resources"));
        Engine.copyResources(home.resolve("resources"));
        String js = "scrub-pattern";
        String python = "scrub-pattern.py";
        String pv = scratch.resolve("pv.save").toString();
        String hvm = scratch.resolve("hvm.save").toString();
        String plain = out("native");
        String packed = out("packed");
        List<List<String>> core =
                List.of(
                        List.of("sample", pv, "--guest", "pv", "--memory", "8"),
                        List.of("sample", hvm, "--guest", "hvm", "--memory", "8"),
                        List.of("info", pv, hvm),
                        List.of("info", "--json", pv, hvm),
                        List.of("info", "--records", pv),
                        List.of("verify", pv, hvm),
                        List.of("verify", "--json", pv),
                        List.of("extract", "config", pv, "-o", out("config")),
                        List.of(
                                "extract",
                                "record",
                                hvm,
                                "HVM_CONTEXT",
                                "--json",
                                "-o",
                                out("record")),
                        List.of("rewrite", pv, out("identity")),
                        List.of("convert", pv, plain, "--to", "native"),
                        List.of("convert", hvm, packed, "--to", "native", "--compress", "zstd"),
                        List.of("info", plain, packed),
                        List.of("verify", plain, packed),
                        List.of("extract", "pages", plain, "--pfn", "0x20", "-o", out("page")),
                        List.of("extract", "pages", packed, "--pfn", "0x20", "-o", out("pages")),
                        List.of("rewrite", plain, out("native-identity")),
                        List.of("convert", plain, out("pv-again"), "--to", "xl"),
                        List.of("convert", packed, out("hvm-again"), "--to", "xl"),
                        List.of("--help"),
                        List.of("rewrite", "--help"));
        trainClient();
        train("core", List.of("core"), core);
        train("js", List.of("core", "polyglot", "js", "jline"), scripts(pv, hvm, "js", js));
        train(
                "all",
                List.of("core", "polyglot", "js", "python", "jline"),
                scripts(pv, hvm, "py", python));
        delete(scratch);
    }

    /** Command lines that meet every library policy of a language. */
    private List<List<String>> policies(String pv, String hvm, String tag, String scrub) {
        String suffix = tag.equals("py") ? ".py" : ".js";
        List<List<String>> lines = new ArrayList<>();
        for (String image : List.of(pv, hvm)) {
            String name = tag + (image.equals(pv) ? "-pv" : "-hvm");
            lines.add(
                    List.of(
                            "rewrite",
                            image,
                            out(name),
                            "--log",
                            out(name + ".log"),
                            "--policy",
                            scrub,
                            "--set",
                            "text=SECRET-API-TOKEN=",
                            "--set",
                            "length=64",
                            "--policy",
                            "rename-domain" + suffix,
                            "--set",
                            "to={name}-copy",
                            "--policy",
                            "inject-metadata" + suffix,
                            "--policy",
                            "remap-bridges" + suffix,
                            "--policy",
                            "set-cmdline" + suffix,
                            "--set",
                            "append=quiet",
                            "--policy",
                            "cpuid-mask" + suffix,
                            "--set",
                            "features=avx2"));
            lines.add(
                    List.of(
                            "rewrite",
                            image,
                            "--dry-run",
                            "--policy",
                            scrub,
                            "--set",
                            "text=SECRET"));
        }
        lines.add(
                List.of(
                        "bulk",
                        pv,
                        hvm,
                        "--out",
                        out(tag + "-bulk"),
                        "--report",
                        out(tag + "-bulk.jsonl"),
                        "--policy",
                        scrub,
                        "--set",
                        "text=SECRET"));
        return lines;
    }

    /** Command lines that meet the policies and the console of a language. */
    private List<List<String>> scripts(String pv, String hvm, String tag, String scrub) {
        boolean python = tag.equals("py");
        List<List<String>> lines = new ArrayList<>(policies(pv, hvm, tag, scrub));
        for (String image : List.of(pv, hvm)) {
            String name = out(tag + (image.equals(pv) ? "-pv" : "-hvm") + "-console");
            lines.add(
                    List.of(
                            "console",
                            image,
                            "--lang",
                            python ? "python" : "js",
                            "-c",
                            python
                                    ? "print(image.name, image.vcpus[0]['rip'])\n"
                                            + "image.config['c_info']['name'] = 'b'\n"
                                            + "[(r.type, r.length) for r in image.records]\n"
                                            + "image.page(1).u64(0)\nimage.page(1).hexdump(length=64)\n"
                                            + "image.find(text='SECRET', limit=3)\n"
                                            + ":info\n:ls\n:map\n:diff\n:verify\n:commit "
                                            + name
                                            + "\n:undo\nimage.config"
                                    : "console.log(image.name, image.vcpus[0].rip);\n"
                                            + "image.config.c_info.name = 'b';\n"
                                            + "image.records.map(r => [r.type, r.length]);\n"
                                            + "image.page(1).u64(0); image.page(1).hexdump({ length: 64 });\n"
                                            + "image.find({ text: 'SECRET', limit: 3 })\n"
                                            + ":info\n:ls\n:map\n:diff\n:verify\n:commit "
                                            + name
                                            + "\n:undo\nimage.config"));
        }
        return lines;
    }

    private String out(String name) {
        return scratch.resolve("out-" + name).toString();
    }

    /** The cache of the small program that asks the agent; its class path is one jar. */
    private void trainClient() throws IOException, InterruptedException {
        Path cache = home.resolve("cache").resolve("client.aot");
        Files.deleteIfExists(cache);
        String jar =
                jars(home.resolve("lib/core")).stream()
                        .map(Path::toString)
                        .filter(name -> name.contains("/xenimage-cli-"))
                        .findFirst()
                        .orElseThrow();
        run(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:AOTCacheOutput=" + cache,
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "-XX:+UnlockDiagnosticVMOptions",
                        "-XX:-AOTRecordTraining",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dxenimage.home=" + home,
                        "-Xlog:disable",
                        "-Xlog:all=error:stderr",
                        "-cp",
                        jar,
                        "org.xenimage.cli.agent.ClientTraining"),
                "client",
                cache);
    }

    private void train(String name, List<String> parts, List<List<String>> lines)
            throws IOException, InterruptedException {
        Path cache = home.resolve("cache").resolve(name + ".aot");
        Files.deleteIfExists(cache);
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                java.toString(),
                                "-XX:AOTCacheOutput=" + cache,
                                "-XX:+UseSerialGC",
                                "-XX:-UsePerfData",
                                "-Xmx512m",
                                // The launcher does not replay what was compiled here.
                                "-XX:+UnlockDiagnosticVMOptions",
                                "-XX:-AOTRecordTraining",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dpolyglot.engine.resourcePath=" + home.resolve("resources"),
                                "-Dpolyglot.engine.WarnInterpreterOnly=false",
                                "-Dxenimage.language=" + language(name),
                                "-Xlog:disable",
                                "-Xlog:all=error:stderr",
                                "-cp",
                                classPath(parts),
                                "org.xenimage.cli.CacheTraining"));
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) command.add("--next");
            command.addAll(lines.get(i));
        }
        run(command, name, cache);
    }

    private void run(List<String> command, String name, Path cache)
            throws IOException, InterruptedException {
        Path log = scratch.resolve(name + ".log");
        int status =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start()
                        .waitFor();
        if (status != 0 || !Files.isRegularFile(cache)) {
            throw new IOException(
                    "training of "
                            + name
                            + " ended with "
                            + status
                            + ":\n"
                            + Files.readString(log));
        }
    }

    /** The engine that the launcher asks for with a class path. */
    private static String language(String classPath) {
        return switch (classPath) {
            case "js" -> "js";
            case "all" -> "python";
            default -> "";
        };
    }

    /** The jars in the order of the launcher: folder by folder, by name. */
    private String classPath(List<String> parts) throws IOException {
        List<String> jars = new ArrayList<>();
        for (String part : parts)
            jars(home.resolve("lib").resolve(part)).forEach(jar -> jars.add(jar.toString()));
        return String.join(":", jars);
    }

    /** What a file of a jar becomes in the distribution; nothing where it is omitted. */
    private interface Change {
        Optional<byte[]> of(String name, byte[] bytes) throws IOException;
    }

    /**
     * Raises the class files of picocli that are of a version which the JVM keeps out of its
     * caches, to one that it takes; the code is the same, with the stack maps that this version
     * asks for.
     */
    private void raisePicocli() throws IOException {
        for (Path jar : jars(home.resolve("lib/core"))) {
            if (!jar.getFileName().toString().startsWith("picocli-")) continue;
            change(
                    jar,
                    "class files raised to version " + RAISED,
                    (name, bytes) -> Optional.of(name.endsWith(".class") ? raised(bytes) : bytes));
        }
    }

    /**
     * Removes the signatures from signed jars: the JVM does not cache their classes, and checks the
     * signature and the digests of the whole jar when the first of them is loaded. The build
     * identifies the jars by their checksums.
     */
    private void removeSignatures() throws IOException {
        for (Path jar : jars(home.resolve("lib/python"))) {
            boolean signed;
            try (var in = new JarFile(jar.toFile())) {
                signed = in.stream().anyMatch(entry -> isSignature(entry.getName()));
            }
            if (signed)
                change(
                        jar,
                        "signature removed",
                        (name, bytes) -> isSignature(name) ? Optional.empty() : Optional.of(bytes));
        }
    }

    private static boolean isSignature(String name) {
        return name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
    }

    /** Makes a jar again, its manifest saying what was changed, as the licences ask. */
    private static void change(Path jar, String what, Change change) throws IOException {
        Path made = jar.resolveSibling("made");
        try (var in = new JarFile(jar.toFile());
                var out = new JarOutputStream(Files.newOutputStream(made))) {
            for (JarEntry entry : Collections.list(in.entries())) {
                byte[] bytes = in.getInputStream(entry).readAllBytes();
                Optional<byte[]> changed =
                        entry.getName().equals(JarFile.MANIFEST_NAME)
                                ? Optional.of(marked(bytes, what))
                                : change.of(entry.getName(), bytes);
                if (changed.isEmpty()) continue;
                var written = new JarEntry(entry.getName());
                written.setTime(STAMP * 1000);
                out.putNextEntry(written);
                out.write(changed.get());
                out.closeEntry();
            }
        }
        Files.move(made, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] raised(byte[] bytes) {
        ClassFile files = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
        ClassModel model = files.parse(bytes);
        if (model.majorVersion() >= RAISED) return bytes;
        ClassTransform version =
                (builder, element) -> {
                    if (element instanceof ClassFileVersion) builder.withVersion(RAISED, 0);
                    else builder.with(element);
                };
        return files.transformClass(
                model,
                version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
    }

    /** The manifest, with a note of the change and without the digests of a signature. */
    private static byte[] marked(byte[] manifest, String what) throws IOException {
        var marked = new Manifest(new ByteArrayInputStream(manifest));
        for (Attributes entry : marked.getEntries().values())
            entry.keySet().removeIf(name -> name.toString().endsWith("-Digest"));
        marked.getEntries().values().removeIf(Attributes::isEmpty);
        marked.getMainAttributes().putValue("Modified-By", "xenimage: " + what);
        var out = new ByteArrayOutputStream();
        marked.write(out);
        return out.toByteArray();
    }

    /**
     * Gives all jars one time, and writes down what the launcher compares: what the JVM does, sizes and times; and the
     * sums by which it knows jars that have lost their times.
     */
    private void recordJars() throws IOException, InterruptedException {
        Path lib = home.resolve("lib");
        try (Stream<Path> parts = Files.list(lib)) {
            for (Path part : parts.filter(Files::isDirectory).toList())
                for (Path jar : jars(part))
                    Files.setLastModifiedTime(jar, FileTime.from(STAMP, TimeUnit.SECONDS));
        }
        Path cache = Files.createDirectories(home.resolve("cache"));
        shell(
                "cd '%s' && LC_ALL=C stat -c '%%s %%Y %%n' */*.jar > '%s'"
                        .formatted(lib, cache.resolve("jars")));
        shell("cd '%s' && LC_ALL=C cksum */*.jar > '%s'".formatted(lib, cache.resolve("sums")));
    }

    private static void shell(String command) throws IOException, InterruptedException {
        if (new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor() != 0)
            throw new IOException(command);
    }

    /** Runs a class of the program on some of its class path. */
    private void run(List<String> parts, String type, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                classPath(parts),
                                type));
        command.addAll(arguments);
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0)
            throw new IOException(type + " failed");
    }

    private static List<Path> jars(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}

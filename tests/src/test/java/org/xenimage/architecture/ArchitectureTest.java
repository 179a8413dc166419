package org.xenimage.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The rules of the design, held against the compiled classes. */
class ArchitectureTest {

    /**
     * The layers, lowest first. A layer sees those in {@link #sees()} and itself, none other; one whose module
     * does not exist yet is named already, so that its first class is judged.
     */
    enum BuildLayer {
        IMAGE,
        SAMPLE(IMAGE),
        TOOLS(IMAGE),
        FORMATS(IMAGE),
        MIGRATE(IMAGE, TOOLS),
        SCRIPT(IMAGE, SAMPLE, TOOLS, MIGRATE),
        PIPELINE(IMAGE, TOOLS, MIGRATE, SCRIPT),
        CONSOLE(IMAGE, TOOLS, MIGRATE, SCRIPT, PIPELINE),
        CLI(IMAGE, SAMPLE, TOOLS, MIGRATE, SCRIPT, PIPELINE, CONSOLE);

        @SuppressWarnings("ImmutableEnumChecker") // it is made by Set.of
        private final Set<BuildLayer> sees;

        BuildLayer(BuildLayer... sees) {
            this.sees = Set.of(sees);
        }

        Set<BuildLayer> sees() {
            return sees;
        }

        String packages() {
            return "org.xenimage." + name().toLowerCase(Locale.ROOT) + "..";
        }
    }

    /** Words that say nothing about what a class is. */
    private static final Pattern EMPTY_NAME =
            Pattern.compile(".*(Manager|Helper|Utils?|Processor|Info)");

    /** Names that are Xen's, not ours: its records X86_TSC_INFO and X86_PV_INFO. */
    private static final Set<String> XEN_NAMES =
            Set.of("TscInfo", "X86TscInfo", "PvInfo", "X86PvInfo", "SharedInfo");

    /** Types whose value changes after a field that does not. */
    private static final Set<String> MUTABLE =
            Set.of(
                    "java.lang.StringBuilder",
                    "java.lang.ThreadLocal",
                    "java.util.ArrayDeque",
                    "java.util.ArrayList",
                    "java.util.BitSet",
                    "java.util.EnumMap",
                    "java.util.HashMap",
                    "java.util.HashSet",
                    "java.util.LinkedHashMap",
                    "java.util.LinkedHashSet",
                    "java.util.TreeMap",
                    "java.util.TreeSet",
                    "java.util.WeakHashMap",
                    "java.util.concurrent.ConcurrentMap",
                    "java.util.concurrent.ConcurrentHashMap",
                    "java.util.concurrent.CopyOnWriteArrayList",
                    "java.util.concurrent.atomic.AtomicBoolean",
                    "java.util.concurrent.atomic.AtomicInteger",
                    "java.util.concurrent.atomic.AtomicLong",
                    "java.util.concurrent.atomic.AtomicReference",
                    "java.util.concurrent.atomic.LongAdder");

    /** The types of JSON that can be changed. */
    private static final Set<String> MUTABLE_JSON =
            Set.of(
                    "com.fasterxml.jackson.databind.node.ArrayNode",
                    "com.fasterxml.jackson.databind.node.ContainerNode",
                    "com.fasterxml.jackson.databind.node.ObjectNode");

    /** What opens a file or a standard stream, by class; every method whose name begins so. */
    private static final Map<String, Set<String>> OPENERS =
            Map.ofEntries(
                    Map.entry(
                            "java.nio.file.Files",
                            Set.of(
                                    "newInputStream",
                                    "newOutputStream",
                                    "newBuffered",
                                    "newByteChannel",
                                    "readAll",
                                    "readString",
                                    "write",
                                    "lines",
                                    "copy",
                                    "move",
                                    "createFile")),
                    Map.entry("java.nio.channels.FileChannel", Set.of("open")),
                    Map.entry("java.io.FileInputStream", Set.of("<init>")),
                    Map.entry("java.io.FileOutputStream", Set.of("<init>")),
                    Map.entry("java.io.FileReader", Set.of("<init>")),
                    Map.entry("java.io.FileWriter", Set.of("<init>")),
                    Map.entry("java.io.RandomAccessFile", Set.of("<init>")),
                    Map.entry(
                            "org.xenimage.image.io.ChannelSource", Set.of("open", "standardInput")),
                    Map.entry(
                            "org.xenimage.image.io.ChannelSink",
                            Set.of("create", "fifo", "standardOutput")),
                    Map.entry("org.xenimage.image.io.PendingFile", Set.of("create")),
                    Map.entry("org.xenimage.image.section.SectionRegistry", Set.of("read")),
                    Map.entry("org.xenimage.image.seal.ImageKey", Set.of("file", "passphrase")),
                    Map.entry("org.xenimage.image.seal.SigningKey", Set.of("read", "make")),
                    Map.entry("org.xenimage.tools.dump.DumpedImage", Set.of("open")),
                    Map.entry("org.xenimage.script.PolicyHost", Set.of("load")));

    /** Classes that open files which are not the user's, and why. */
    private static final Map<String, String> OWN_FILES =
            Map.ofEntries(
                    Map.entry("org.xenimage.cli.Main", "the streams of the process"),
                    Map.entry("org.xenimage.cli.DistributionFiles", "what the build packs"),
                    Map.entry("org.xenimage.cli.Warm", "the streams of the process"),
                    Map.entry("org.xenimage.cli.agent.WarmWorker", "the streams of the process"),
                    Map.entry(
                            "org.xenimage.cli.agent.ClientProcess",
                            "what the kernel tells of a process"),
                    Map.entry("org.xenimage.cli.agent.Installation", "what the build packs"),
                    Map.entry(
                            "org.xenimage.cli.policy.TypingFiles", "typings that it wrote before"),
                    Map.entry(
                            "org.xenimage.cli.toolstack.CalloutRun",
                            "the stream that SaveHelperCommand claimed"),
                    Map.entry(
                            "org.xenimage.cli.toolstack.XenPrograms",
                            "what the kernel tells of Xen"),
                    Map.entry("org.xenimage.cli.toolstack.Fifo", "a pipe in a folder of its own"),
                    Map.entry("org.xenimage.pipeline.Journal", "a file that OutFolder claimed"),
                    Map.entry("org.xenimage.pipeline.FileLines", "a file that OutFolder claimed"),
                    Map.entry("org.xenimage.pipeline.FileDigests", "what ImagePass read or made"),
                    Map.entry(
                            "org.xenimage.pipeline.OutputBytes",
                            "a temporary file beside the output"));

    private static final Map<String, ModuleReference> MODULES = ProjectModules.find();

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .importLocations(
                            MODULES.values().stream()
                                    .map(module -> Location.of(ProjectModules.location(module)))
                                    .collect(Collectors.toSet()));

    @Test
    void everyModuleIsJudged() {
        assertEquals(
                Set.of(
                        "org.xenimage.image",
                        "org.xenimage.sample",
                        "org.xenimage.tools",
                        "org.xenimage.formats",
                        "org.xenimage.migrate",
                        "org.xenimage.script",
                        "org.xenimage.pipeline",
                        "org.xenimage.console",
                        "org.xenimage.cli"),
                MODULES.keySet(),
                "the modules on the class path of these tests");
        for (String module : MODULES.keySet()) {
            assertFalse(
                    PRODUCT.that(resideInAPackage(module + "..")).isEmpty(),
                    () -> "no class of " + module + " was read");
        }
    }

    @ParameterizedTest
    @EnumSource
    void dependenciesPointOneWay(BuildLayer layer) {
        String[] hidden =
                Arrays.stream(BuildLayer.values())
                        .filter(other -> other != layer && !layer.sees().contains(other))
                        .map(BuildLayer::packages)
                        .toArray(String[]::new);
        check(
                noClasses()
                        .that()
                        .resideInAPackage(layer.packages())
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(hidden));
    }

    @Test
    void packagesAreFreeOfCycles() {
        check(slices().matching("org.xenimage.(**)").should().beFreeOfCycles());
    }

    /**
     * What one part of a run reads, no other part of it may write. So a command opens no file that it did not claim:
     * through {@code Inputs} and {@code Output}, or by calling {@code RunFiles} in the class that opens it.
     */
    @Test
    void whatACommandOpensTheRunKnowsOf() {
        Map<String, Set<String>> opening = new TreeMap<>();
        Set<String> claiming = new TreeSet<>();
        for (JavaClass one :
                PRODUCT.that(
                        resideInAPackage(BuildLayer.CLI.packages())
                                .or(resideInAPackage(BuildLayer.CONSOLE.packages()))
                                .or(resideInAPackage(BuildLayer.PIPELINE.packages())))) {
            String outermost = one.getName().replaceFirst("\\$.*", "");
            one.getCodeUnitCallsFromSelf()
                    .forEach(call -> {
                        String owner = call.getTargetOwner().getName();
                        String name = call.getName();
                        if (owner.equals("org.xenimage.image.io.RunFiles")
                                && (name.startsWith("reading") || name.startsWith("writing")))
                            claiming.add(outermost);
                        boolean descriptor =
                                call.getTarget().getParameterTypes().stream()
                                        .anyMatch(type ->
                                                type.getName().endsWith("java.io.FileDescriptor"));
                        boolean opens =
                                OPENERS.getOrDefault(owner, Set.of()).stream()
                                        .anyMatch(name::startsWith);
                        if (opens || descriptor)
                            opening.computeIfAbsent(outermost, _ -> new TreeSet<>())
                                    .add(call.getDescription());
                    });
            one.getFieldAccessesFromSelf().stream()
                    .filter(access ->
                            access.getTargetOwner().getName().equals("java.lang.System")
                                    && access.getName().equals("in"))
                    .forEach(access ->
                            opening.computeIfAbsent(outermost, _ -> new TreeSet<>())
                                    .add(access.getDescription()));
        }
        assertTrue(opening.keySet().containsAll(OWN_FILES.keySet()), "an exception is out of date");
        opening.keySet().removeAll(OWN_FILES.keySet());
        opening.keySet().removeAll(claiming);
        assertEquals(Map.of(), opening, "these open files without claiming them in RunFiles");
        assertTrue(claiming.contains("org.xenimage.cli.output.Inputs"), "the claims are found");
    }

    @Test
    void formatsAreReachedOnlyThroughTheServiceProviderInterface() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(BuildLayer.FORMATS.packages())
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(BuildLayer.FORMATS.packages()));
        assertEquals(
                Set.of(),
                descriptor("org.xenimage.formats").exports(),
                "the module org.xenimage.formats exports nothing");
    }

    @Test
    void nothingBelowScriptSeesGraal() {
        check(
                noClasses()
                        .that()
                        .resideInAnyPackage(
                                BuildLayer.IMAGE.packages(),
                                BuildLayer.SAMPLE.packages(),
                                BuildLayer.TOOLS.packages(),
                                BuildLayer.FORMATS.packages(),
                                BuildLayer.MIGRATE.packages())
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "org.graalvm..", "com.oracle.truffle..", "javax.script.."));
    }

    @Test
    void nothingButConsoleSeesJLine() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(BuildLayer.CONSOLE.packages())
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.jline.."));
    }

    @Test
    void nothingButCliSeesPicocli() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(BuildLayer.CLI.packages())
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("picocli.."));
    }

    /** The classes that hand bytes to a library, and bound and judge what it makes of them. */
    private static final Map<String, Set<String>> BOUNDARIES =
            Map.of(
                    "com.github.luben.zstd..", Set.of("ZstdFrames"),
                    "javax.crypto..", Set.of("ImageCipher"),
                    "com.google.re2j..", Set.of("LinearExpression"),
                    "com.fasterxml.jackson.dataformat..", Set.of("SiteFile", "Located"));

    @Test
    void librariesAreCalledBehindOneBoundary() {
        BOUNDARIES.forEach((library, callers) ->
                check(
                        noClasses()
                                .that(areNot(callers))
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage(library)));
    }

    /** Those that read JSON: of an image, of a site, of the program's own files and log, and one constant at start. */
    private static final Set<String> JSON_READERS =
            Set.of(
                    "BoundedJson",
                    "SiteFile",
                    "Located",
                    "Trial",
                    "DumpReader",
                    "DumpFiles",
                    "DumpWriter",
                    "HeadStart",
                    "Journal",
                    "ScriptTrees");

    @Test
    void jsonIsReadBehindOneBoundary() {
        onlyThese(
                JSON_READERS,
                "read JSON by themselves",
                call ->
                        call.getTargetOwner().getPackageName().startsWith("com.fasterxml.jackson")
                                && READING.matcher(call.getName()).matches());
    }

    /** Classes outside the files of these must not make such calls. */
    private static void onlyThese(
            Set<String> callers, String what, Predicate<JavaMethodCall> forbidden) {
        check(
                noClasses()
                        .that(areNot(callers))
                        .should(
                                new ArchCondition<>(what) {
                                    @Override
                                    public void check(JavaClass type, ConditionEvents events) {
                                        type.getMethodCallsFromSelf().stream()
                                                .filter(forbidden)
                                                .forEach(call ->
                                                        events.add(
                                                                SimpleConditionEvent.satisfied(
                                                                        type,
                                                                        call.getDescription())));
                                    }
                                }));
    }

    private static DescribedPredicate<JavaClass> areNot(Set<String> callers) {
        return describe("are not " + callers, type -> !callers.contains(outermost(type)));
    }

    /** Those that take a script's value for what it is: the checked reader, and what shows values to people. */
    private static final Set<String> VALUE_READERS = Set.of("Checked", "ValueFormatter");

    private static final Pattern TAKING =
            Pattern.compile("as[A-Z]\\w*|as|readBuffer\\w*|throwException");

    @Test
    void valuesOfScriptsAreReadByTheCheckedReader() {
        onlyThese(
                VALUE_READERS,
                "take a script's value by themselves",
                call ->
                        call.getTargetOwner().getName().equals("org.graalvm.polyglot.Value")
                                && TAKING.matcher(call.getName()).matches());
    }

    private static final Pattern READING =
            Pattern.compile("readTree|readValues?|createParser|createNonBlocking.*|treeToValue");

    /** The simple name of the class in whose file a class stands. */
    private static String outermost(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) outer = outer.getEnclosingClass().get();
        return outer.getSimpleName();
    }

    /**
     * What a module exports to everyone hands out JSON as a {@code JsonNode}, which has no method
     * that changes it: whoever edits a tree asks for a copy of their own, and nobody edits that of
     * an image, a session or a run by accident.
     */
    @Test
    void noModuleHandsOutJsonThatCanBeChanged() {
        Set<String> exported =
                MODULES.values().stream()
                        .flatMap(module -> module.descriptor().exports().stream())
                        .filter(export -> !export.isQualified())
                        .map(ModuleDescriptor.Exports::source)
                        .collect(Collectors.toSet());
        assertTrue(
                exported.containsAll(
                        Set.of(
                                "org.xenimage.image",
                                "org.xenimage.script",
                                "org.xenimage.pipeline")),
                () -> "exported: " + exported);
        check(
                methods()
                        .that()
                        .arePublic()
                        .or()
                        .areProtected()
                        .and()
                        .areDeclaredInClassesThat()
                        .resideInAnyPackage(exported.toArray(String[]::new))
                        .should(
                                new ArchCondition<>("return no ObjectNode and no ArrayNode") {
                                    @Override
                                    public void check(JavaMethod method, ConditionEvents events) {
                                        boolean hidden =
                                                !method.getOwner()
                                                        .getModifiers()
                                                        .contains(JavaModifier.PUBLIC);
                                        boolean mutable =
                                                method
                                                        .getReturnType()
                                                        .getAllInvolvedRawTypes()
                                                        .stream()
                                                        .anyMatch(type ->
                                                                MUTABLE_JSON.contains(
                                                                        type.getName()));
                                        if (!hidden && mutable)
                                            events.add(
                                                    SimpleConditionEvent.violated(
                                                            method, method.getFullName()));
                                    }
                                }));
    }

    @Test
    void onlyTheProgramChoosesALogger() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(
                                BuildLayer.CLI.packages(), BuildLayer.CONSOLE.packages())
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "org.slf4j..", "ch.qos.logback..", "java.util.logging.."));
    }

    @Test
    void namesSayWhatAClassIs() {
        check(
                classes()
                        .should(
                                new ArchCondition<>("have a name that says what they are") {
                                    @Override
                                    public void check(JavaClass type, ConditionEvents events) {
                                        String name = type.getSimpleName();
                                        boolean empty =
                                                EMPTY_NAME.matcher(name).matches()
                                                        && !XEN_NAMES.contains(name);
                                        events.add(
                                                new SimpleConditionEvent(
                                                        type,
                                                        !empty,
                                                        "%s: %s ends in a word that says nothing"
                                                                .formatted(
                                                                        type.getFullName(), name)));
                                    }
                                }));
    }

    @Test
    void staticsDoNotChange() {
        check(
                fields().that()
                        .areStatic()
                        .should(
                                new ArchCondition<>("be constant") {
                                    @Override
                                    public void check(JavaField field, ConditionEvents events) {
                                        Set<JavaModifier> modifiers = field.getModifiers();
                                        if (modifiers.contains(JavaModifier.SYNTHETIC)) {
                                            return; // the compiler's own: a switch map, the values
                                            // of an enum
                                        }
                                        JavaClass type = field.getRawType();
                                        boolean constant =
                                                modifiers.contains(JavaModifier.FINAL)
                                                        && !MUTABLE.contains(type.getName())
                                                        && !(type.isArray()
                                                                && !modifiers.contains(
                                                                        JavaModifier.PRIVATE));
                                        events.add(
                                                new SimpleConditionEvent(
                                                        field,
                                                        constant,
                                                        ("%s %s: a static is final, of an immutable "
                                                                        + "type, an array private")
                                                                .formatted(
                                                                        type.getSimpleName(),
                                                                        field.getFullName())));
                                    }
                                }));
    }

    /**
     * A jar may be on the module path or on the class path (the start-up cache needs the latter), so a provider is
     * declared twice: in module-info and in META-INF/services.
     */
    @Test
    void providersAreFoundOnTheClassPathAsOnTheModulePath() throws IOException {
        for (ModuleReference module : MODULES.values()) {
            Map<String, Set<String>> declared = new TreeMap<>();
            for (ModuleDescriptor.Provides provides : module.descriptor().provides()) {
                declared.put(provides.service(), new TreeSet<>(provides.providers()));
            }
            assertEquals(
                    declared,
                    servicesFiles(module),
                    () ->
                            module.descriptor().name()
                                    + ": provides in module-info, and META-INF/services");
        }
    }

    private static Map<String, Set<String>> servicesFiles(ModuleReference module)
            throws IOException {
        String folder = "META-INF/services/";
        Map<String, Set<String>> found = new TreeMap<>();
        try (ModuleReader reader = module.open()) {
            List<String> files = new ArrayList<>();
            reader.list()
                    .filter(name -> name.startsWith(folder) && !name.endsWith("/"))
                    .forEach(files::add);
            for (String file : files) {
                try (InputStream in = reader.open(file).orElseThrow();
                        BufferedReader lines =
                                new BufferedReader(
                                        new InputStreamReader(in, StandardCharsets.UTF_8))) {
                    found.put(
                            file.substring(folder.length()),
                            lines.lines()
                                    .map(line -> line.replaceFirst("#.*", "").strip())
                                    .filter(line -> !line.isEmpty())
                                    .collect(Collectors.toCollection(TreeSet::new)));
                }
            }
        }
        return found;
    }

    private static ModuleDescriptor descriptor(String module) {
        ModuleReference reference = MODULES.get(module);
        if (reference == null) {
            throw new AssertionError(module + " is not on the class path of these tests");
        }
        return reference.descriptor();
    }

    /** A rule for a layer that has no class yet holds. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(PRODUCT);
    }
}

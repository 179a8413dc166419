package org.xenimage.architecture;

import java.io.File;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The modules of this project among the jars and folders of the class path. */
final class ProjectModules {

    private ProjectModules() {}

    /** By name; a jar and the classes folder of one that is not packed yet are read alike. */
    static Map<String, ModuleReference> find() {
        Map<String, ModuleReference> modules = new TreeMap<>();
        for (String entry :
                System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
            for (ModuleReference module : on(Path.of(entry))) {
                String name = module.descriptor().name();
                if (name.startsWith("org.xenimage.") && !module.descriptor().isAutomatic()) {
                    modules.put(name, module);
                }
            }
        }
        return modules;
    }

    static URI location(ModuleReference module) {
        return module.location()
                .orElseThrow(
                        () -> new AssertionError(module.descriptor().name() + " lies nowhere"));
    }

    private static Iterable<ModuleReference> on(Path entry) {
        try {
            return ModuleFinder.of(entry).findAll();
        } catch (FindException _) {
            return List.of(); // a jar whose name makes no module name: none of ours
        }
    }
}

package org.xenimage.script.api;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files by which an editor completes and checks policies, made from the description of the API. */
public final class Typings {
    /** What every file says of itself. */
    static final String MADE = "Written by `xenimage policy types`; do not edit it.";

    private static final String JSCONFIG =
            """
            {
              "compilerOptions": {
                "checkJs": true,
                "strict": true,
                "noImplicitAny": false,
                "lib": ["esnext"],
                "target": "esnext",
                "module": "esnext",
                "moduleResolution": "bundler",
                "skipLibCheck": true,
                "noEmit": true,
                "types": []
              },
              "include": ["*.js", "*.mjs", "xenimage.d.ts", "xenimage-library.d.ts"]
            }
            """;

    private static final String LIBRARY =
            """
            // Modules of the policy library. Written by `xenimage policy types`; do not edit it.
            declare module 'xenimage/*';
            """;

    private static final String PYRIGHTCONFIG =
            """
            {
              "include": ["."],
              "pythonVersion": "3.12",
              "typeCheckingMode": "standard",
              "reportMissingModuleSource": false,
              "reportUnnecessaryComparison": "warning",
              "reportTypedDictNotRequiredAccess": "warning"
            }
            """;

    private Typings() {}

    /**
     * All files.
     *
     * @param api to describe
     * @return the contents by name
     */
    public static Map<String, String> files(PolicyApi api) {
        Map<String, String> files = new LinkedHashMap<>();
        files.putAll(javaScript(api));
        files.putAll(python(api));
        return files;
    }

    /**
     * Whether a file is one of these, of any release.
     *
     * @param contents of the file
     * @return whether this program wrote it
     */
    public static boolean isMade(byte[] contents) {
        return new String(contents, StandardCharsets.UTF_8).contains(MADE);
    }

    /**
     * The files for policies in JavaScript.
     *
     * @param api to describe
     * @return the contents by name
     */
    public static Map<String, String> javaScript(PolicyApi api) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("xenimage.d.ts", TypeScript.typings(api));
        files.put("xenimage-library.d.ts", LIBRARY);
        files.put("jsconfig.json", JSCONFIG);
        return files;
    }

    /**
     * The files for policies in Python.
     *
     * @param api to describe
     * @return the contents by name
     */
    public static Map<String, String> python(PolicyApi api) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("xenimage.pyi", PythonTypes.typings(api));
        files.put("__builtins__.pyi", PythonTypes.builtins(api));
        files.put("pyrightconfig.json", PYRIGHTCONFIG);
        return files;
    }
}

/**
 * What works on whole images of any format: comparing two, looking at any part of one, dumping one
 * as JSON, recovering one.
 */
// the module that a package is exported to is built after this one
@SuppressWarnings("module")
@org.jspecify.annotations.NullMarked
module org.xenimage.tools {
    requires static org.jspecify;
    requires com.fasterxml.jackson.core;
    requires transitive com.fasterxml.jackson.databind;
    requires transitive org.xenimage.image;

    exports org.xenimage.tools.diff;
    exports org.xenimage.tools.dump;
    exports org.xenimage.tools.guest to
            org.xenimage.script;
    exports org.xenimage.tools.index;
    exports org.xenimage.tools.salvage;
}

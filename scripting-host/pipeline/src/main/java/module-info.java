/**
 * The pipeline: many images through the same policies in one run.
 */
@org.jspecify.annotations.NullMarked
module org.xenimage.pipeline {
    requires com.fasterxml.jackson.core;
    requires static org.jspecify;
    requires transitive com.fasterxml.jackson.databind;
    requires transitive org.xenimage.script;

    exports org.xenimage.pipeline;
}

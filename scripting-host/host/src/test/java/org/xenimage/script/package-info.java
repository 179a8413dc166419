/** Tests of the scripting host: every rule in both languages. */
@org.jspecify.annotations.NullMarked
package org.xenimage.script;

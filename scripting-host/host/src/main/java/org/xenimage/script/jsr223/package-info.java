/**
 * The standard interface of Java to scripts, JSR-223 ({@code javax.script}), over the engine that runs policies.
 *
 * <p>A {@code ScriptEngineManager} finds two engines: {@code xenimage-js} and
 * {@code xenimage-python}, also by the usual extensions and MIME types. They run code as confined
 * as a policy: a script computes, prints, and sees what the program bound; it reaches no file, no
 * network, no process and no class of Java, and every call is held to
 * {@link org.xenimage.script.policy.Limits}.
 *
 * <pre>{@code
 * ScriptEngine engine = new ScriptEngineManager().getEngineByName("xenimage-python");
 * engine.put("image", ScriptImage.of(index));
 * engine.eval("image.config['c_info']['name'] = 'web2'");
 * }</pre>
 *
 * <table>
 *   <caption>What a value is on the other side</caption>
 *   <tr><th>In Java</th><th>In the script</th></tr>
 *   <tr><td>null, Boolean, String</td><td>the language's own</td></tr>
 *   <tr><td>Byte, Short, Integer, Long, BigInteger</td><td>a Number where it is exact, else a BigInt; an int</td></tr>
 *   <tr><td>Float, Double</td><td>a Number; a float</td></tr>
 *   <tr><td>byte[]</td><td>a Uint8Array; a bytearray</td></tr>
 *   <tr><td>Map with keys of type String, List, Object[], a tree of Jackson</td><td>a copy: an object or dict, an array
 *       or list</td></tr>
 *   <tr><td>{@link org.xenimage.script.jsr223.ScriptCallback}</td><td>a function</td></tr>
 *   <tr><td>{@link org.xenimage.script.jsr223.ScriptImage}</td><td>{@code image} as in the console</td></tr>
 *   <tr><td>{@link org.xenimage.script.jsr223.ScriptObject}, {@link org.xenimage.script.jsr223.ScriptArray}</td><td>the
 *       script's own object, dict, function, array or list, live</td></tr>
 * </table>
 *
 * <p>On the way back an integer is an Integer, a Long or a BigInteger, the first that holds it, and any other number a
 * Double. Nothing else crosses: an object of another class is refused.
 *
 * <p>Each {@code Bindings} used as {@code ENGINE_SCOPE} has globals of its own, which no script run with other bindings
 * sees. Names of {@code GLOBAL_SCOPE} are seen by all scripts and assigned by none. Engines are safe for use by several
 * threads; calls that share bindings run one after the other.
 *
 * <p>Not supported: reading from the {@code ScriptContext}'s reader (scripts have no standard input), and imports of
 * other files.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.jsr223;

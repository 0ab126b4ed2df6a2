package stub;

/** Answers for all stores: the secret, by a name that is noted. */
public final class Stored {
    public static String answer(String name) {
        System.setProperty("asked", System.getProperty("asked", "") + name + " ");
        return System.getenv("STUB_SECRET");
    }
}

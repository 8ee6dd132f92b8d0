import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.KeyStore;

/** Copies many.p12 to own.p12, where each key has a password of its own, which keytool cannot do. */
public class OwnPasswords {

    public static void main(String[] arguments) throws Exception {
        char[] store = "store-pass".toCharArray();
        KeyStore from = KeyStore.getInstance("pkcs12");
        try (FileInputStream input = new FileInputStream("many.p12")) {
            from.load(input, store);
        }
        KeyStore to = KeyStore.getInstance("pkcs12");
        to.load(null, null);
        for (String alias : new String[] {"first", "second key"}) {
            char[] own = (alias + " pass").toCharArray();
            to.setKeyEntry(alias, from.getKey(alias, store), own, from.getCertificateChain(alias));
        }
        try (FileOutputStream output = new FileOutputStream("own.p12")) {
            to.store(output, store);
        }
    }
}

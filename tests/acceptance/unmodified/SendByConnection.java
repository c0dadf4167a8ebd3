import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;

public class SendByConnection {
    public static void main(String[] arguments) throws Exception {
        HttpURLConnection connection =
            (HttpURLConnection) new URL("https://rest.fortytwo.com/1/im").openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Authorization", "Token 00000000-0000-4000-8000-000000000042");
        connection.setRequestProperty("Content-Type", "application/json");
        try (OutputStream body = connection.getOutputStream()) {
            body.write("{\"destinations\": [{\"number\": \"35699000001\"}], \"sms_content\": {\"message\": \"Hello from HttpURLConnection\"}}".getBytes(StandardCharsets.UTF_8));
        }
        int status = connection.getResponseCode();
        System.out.println(
            status + " " + new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
}

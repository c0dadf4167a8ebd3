using System.Text;

using var client = new HttpClient();
client.DefaultRequestHeaders.Add("Authorization", "Token 00000000-0000-4000-8000-000000000042");
var body = new StringContent("""{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hello from .NET"}}""", Encoding.UTF8, "application/json");
var answer = await client.PostAsync("https://rest.fortytwo.com/1/im", body);
Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
